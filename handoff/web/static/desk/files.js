// A file beside a line: a small copy where one may be shown, and buttons. Opening a file is on record.

import { post } from "./api.js";
import { confirm } from "./dialogs.js";
import { byId, el, fill, say } from "./dom.js";

/** What stands below a line's words for the file that came with it. */
export function fileOf(file) {
  const at = `/desk/evidence/${file.id}`;
  return el("div", { class: "file" },
    file.thumb && el("img", { src: `${at}/thumb`, alt: `送られた${file.kind}（小さい表示）` }),
    file.told && el("p", { class: "soft" }, file.told),
    (file.open || file.kept) && el("p", { class: "row" },
      file.open && (file.image
        ? el("button", { type: "button", class: "small", onclick: () => enlarge(at) }, file.thumb ? "大きく開く" : "写真を開く")
        : el("a", { class: "button small", href: `${at}/shown`, download: "" }, `${file.kind}を保存して開く`)),
      file.kept && file.state !== "quarantined" && el("button", { type: "button", class: "small", onclick: (event) => quarantine(file, event.target) }, "隔離する"),
      file.kept && el("a", { class: "small", href: at, target: "_blank", rel: "noopener" }, "くわしく")));
}

function enlarge(at) {
  const dialog = byId("picture") ?? document.body.appendChild(el("dialog", { id: "picture", "aria-label": "送られた写真" }));
  const close = el("button", { type: "button", onclick: () => dialog.close() }, "閉じる");
  fill(dialog, el("img", { src: `${at}/shown`, alt: "送られた写真" }), el("p", {}, close));
  dialog.showModal();
  close.focus();
}

async function quarantine(file, button) {
  const sure = await confirm("このファイルを隔離しますか", "はだかなど、性的なものかもしれないときに使います。だれも中身を見られなくなり、業務責任者が警察に渡すことだけができます。元には戻せません。", { yes: "隔離する", danger: true });
  if (!sure) return;
  button.disabled = true;
  try {
    await post(`evidence/${file.id}/quarantine`);
    byId("picture")?.close();
    say("隔離しました。");
  } catch (refused) {
    say(refused.message, true);
    button.disabled = false;
  }
}
