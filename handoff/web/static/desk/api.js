// Requests to the desk's own addresses. A change carries this sign-in's token; a refusal is an Error with words for people.

import { again, ended, standing } from "./again.js";

const TOKEN_HEADER = "x-tsunagi-desk";
/** Milliseconds after which a request that nobody answers counts as failed. */
const PATIENCE = 15000;

export class Refused extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const changing = () => ({ "content-type": "application/json", [TOKEN_HEADER]: document.body.dataset.token });

/** Whether a change that was refused as another sign-in's may go again: the same person has signed in anew meanwhile. */
async function isBack(token) {
  const state = await standing();
  return state === "mine" ? document.body.dataset.token !== token : state === "other" && again(state, { cover: false });
}

async function ask(path, options) {
  const { token } = document.body.dataset;
  let answer;
  try {
    answer = await fetch(`/desk/api/${path}`, {
      ...options,
      headers: { accept: "application/json", ...(options.body && changing()) },
      signal: AbortSignal.timeout(PATIENCE),
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, "unreachable", "つながりません。少し待ってから、もう一度押してください。書いた文は残っています。");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) {
    // What somebody pressed stays where it is until they are back. They press again, for they may have sent it elsewhere.
    await ended(options.method !== "GET");
    if (options.method === "GET") return ask(path, options);
    throw new Refused(401, "back", "ログインし直しました。まだ送っていません。もう一度押してください。");
  }
  if (answer.status === 403 && told.code === "http_403" && (await isBack(token))) return ask(path, options);
  if (!answer.ok) throw new Refused(answer.status, told.code ?? "internal", told.message ?? "処理できませんでした。");
  return told;
}

export const get = (path) => ask(path, { method: "GET" });
export const post = (path, body = {}) => ask(path, {
  method: "POST",
  body: JSON.stringify(body),
});
