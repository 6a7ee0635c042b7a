box.textContent = answer.text;
box.replaceChildren(template.content.cloneNode(true));
