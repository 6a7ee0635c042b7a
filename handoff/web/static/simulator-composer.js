// Where the student writes: text, stickers, pictures, places.

import { element } from "./simulator-chat.js";

// Drawn as emoji; number and keywords are what the webhook carries.
const STICKERS = [
  ["😊", "うれしい"], ["😢", "かなしい"], ["😭", "大泣き"], ["😡", "おこる"], ["😨", "こわい"], ["😴", "ねむい"],
  ["🥺", "おねがい"], ["💦", "あせる"], ["💔", "つらい"], ["👍", "いいね"], ["🙏", "ありがとう"], ["🌸", "さくら"],
];
const PLACES = {
  station: { title: "駅の前", latitude: 35.0, longitude: 135.0 },
  park: { title: "公園", latitude: 35.001, longitude: 134.999 },
};
const TRAYS = { "open-more": "tray-more", "open-stickers": "tray-stickers" };
const byId = (id) => document.getElementById(id);

/** `send(fields)` sends one act; `sendImage(file)` a picture; `writeOn()` moves the focus on after something was sent. */
export function composer({ send, sendImage, writeOn }) {
  const words = byId("words");
  const form = byId("composer");
  const button = byId("send");

  const grow = () => {
    words.style.height = "auto";
    words.style.height = `${Math.min(words.scrollHeight, 132)}px`;
    button.disabled = words.value.trim() === "";
  };
  words.addEventListener("input", grow);
  words.addEventListener("keydown", (event) => {
    // While a Japanese input method converts, Enter belongs to it (229: Safari's way to say so).
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = words.value.trim();
    if (text === "") return;
    words.value = "";
    grow();
    closeTrays();
    send({ kind: "text", text });
  });

  for (const [opener, tray] of Object.entries(TRAYS)) {
    byId(opener).addEventListener("click", () => {
      const opens = byId(tray).hidden;
      closeTrays();
      if (opens) show(opener, tray, true);
    });
    byId(tray).addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      closeTrays();
      byId(opener).focus();
    });
  }
  byId("tray-stickers").append(
    ...STICKERS.map(([emoji, keyword], index) => {
      const made = element("button", "", emoji);
      made.type = "button";
      made.setAttribute("aria-label", `スタンプ：${keyword}`);
      made.addEventListener("click", () => {
        closeTrays();
        writeOn();
        send({ kind: "sticker", sticker_id: String(1988 + index), keywords: [keyword], emoji });
      });
      return made;
    }),
  );
  for (const made of document.querySelectorAll("[data-place]")) {
    made.addEventListener("click", () => sendPlace(made.dataset.place));
  }
  byId("pick-image").addEventListener("click", () => byId("image-file").click());
  byId("image-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    closeTrays();
    if (file) sendImage(file);
  });
  grow();

  function sendPlace(name) {
    closeTrays();
    writeOn();
    send({ kind: "location", ...PLACES[name] });
  }

  return {
    sendPlace,
    pickImage: () => byId("image-file").click(),
    draft: () => words.value,
    write(text) {
      words.value = text;
      grow();
    },
    focus: () => words.focus(),
    show(visible) {
      form.hidden = !visible;
      if (!visible) closeTrays();
    },
  };
}

function show(opener, tray, open) {
  byId(tray).hidden = !open;
  byId(opener).setAttribute("aria-expanded", String(open));
}

function closeTrays() {
  for (const [opener, tray] of Object.entries(TRAYS)) show(opener, tray, false);
}
