box.innerHTML = answer.text; // markup-from-text
box.insertAdjacentHTML("beforeend", answer.text); // markup-from-text
localStorage.setItem("draft", field.value); // kept-in-the-browser
