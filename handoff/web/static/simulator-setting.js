// The profile and the clock that the demo runs with: a side panel at desk size, a sheet on a phone.

import * as api from "./simulator-api.js";
import { element } from "./simulator-chat.js";

const byId = (id) => document.getElementById(id);
const RESTART_SECONDS = 120;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** `onSetting(setting, { profileChanged })` is told what holds now. */
export function settingPanel(onSetting) {
  const panel = byId("setting");
  const form = byId("setting-form");
  const status = byId("setting-status");
  let setting = null;
  // Which choice a moved clock came from; the service only knows the time.
  let moved = "own";

  const say = (text, bad = false) => {
    status.textContent = text;
    status.classList.toggle("bad", bad);
  };
  const open = (opens) => {
    if (opens) say("");
    document.body.classList.toggle("sheet-open", opens);
    byId("setting-open").setAttribute("aria-expanded", String(opens));
    byId("phone").inert = opens;
    (opens ? byId("profile") : byId("setting-open")).focus();
  };
  byId("setting-open").addEventListener("click", () => open(true));
  byId("setting-close").addEventListener("click", () => open(false));
  byId("backdrop").addEventListener("click", () => open(false));
  panel.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && document.body.classList.contains("sheet-open")) open(false);
  });
  // A sheet that stays open while the window grows to desk size would leave the chat dead.
  matchMedia("(min-width: 56rem)").addEventListener("change", () => {
    document.body.classList.remove("sheet-open");
    byId("phone").inert = false;
  });

  form.addEventListener("change", () => {
    const own = form.elements.clock.value === "own";
    byId("own-clock").hidden = !own;
    if (own && byId("own-clock-at").value === "") byId("own-clock-at").value = `${today()}T18:00`;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const own = byId("own-clock-at").value;
    if (form.elements.clock.value === "own" && own === "") {
      say("日時をえらんでください。", true);
      byId("own-clock-at").focus();
      return;
    }
    const button = form.querySelector("[type=submit]");
    const profileChanged = form.elements.profile.value !== setting?.profile;
    button.disabled = true;
    say("切りかえています。少し待ってください。");
    try {
      const wanted = { profile: profileChanged ? form.elements.profile.value : null, clock: clockOf(form.elements.clock.value, own) };
      moved = form.elements.clock.value === "now" ? "own" : form.elements.clock.value;
      show(await change(wanted), { profileChanged });
      say("切りかえました。");
      if (document.body.classList.contains("sheet-open")) open(false);
    } catch (trouble) {
      say(trouble.status === 400 ? "この設定は使えません。日時を確かめてください。" : trouble.message, true);
    } finally {
      button.disabled = false;
    }
  });

  function show(found, how = { profileChanged: false }) {
    setting = found;
    const select = byId("profile");
    select.replaceChildren(
      ...found.profiles.map((one) => {
        const { name, title } = typeof one === "string" ? { name: one, title: one } : one;
        const option = element("option", "", title || name);
        option.value = name;
        option.selected = name === found.profile;
        return option;
      }),
    );
    form.elements.clock.value = found.clock === "now" ? "now" : moved;
    byId("own-clock").hidden = form.elements.clock.value !== "own";
    if (found.clock !== "now") byId("own-clock-at").value = inJapan(found.clock);
    const title = select.selectedOptions[0]?.textContent ?? "相談窓口";
    onSetting({ ...found, title }, how);
  }

  return {
    async load() {
      show(await api.getSetting());
    },
  };
}

/** The service may start again for a new setting: then wait until it answers. */
async function change(wanted) {
  try {
    return await api.chooseSetting(wanted);
  } catch (trouble) {
    if (trouble.status !== 0) throw trouble;
  }
  for (let waited = 0; waited < RESTART_SECONDS; waited += 1.5) {
    await pause(1500);
    try {
      return await api.getSetting();
    } catch (trouble) {
      if (trouble.status === 404) throw trouble;
    }
  }
  throw new api.Trouble("サービスがもどりません。動かしている画面のメッセージを確かめてください。");
}

// Swedish writes dates as ISO does.
const ISO_DAY = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo" });
const ISO_TIME = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Tokyo", dateStyle: "short", timeStyle: "short" });

const today = () => ISO_DAY.format(Date.now());
const inJapan = (iso) => ISO_TIME.format(new Date(iso)).replace(" ", "T");

function clockOf(choice, own) {
  if (choice === "night") return `${today()}T23:30:00+09:00`;
  // An hour at which most services would be open on any other day.
  if (choice === "new-year") return `${today().slice(0, 4)}-12-31T18:00:00+09:00`;
  if (choice === "own") return `${own.length === 16 ? `${own}:00` : own}+09:00`;
  return "now";
}
