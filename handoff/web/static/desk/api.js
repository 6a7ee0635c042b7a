// Requests to the desk's own addresses. A change carries this sign-in's token; a refusal is an Error with words for people.

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

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(`/desk/api/${path}`, {
      ...options,
      headers: { accept: "application/json", ...options.headers },
      signal: AbortSignal.timeout(PATIENCE),
      cache: "no-store",
    });
  } catch {
    throw new Refused(0, "unreachable", "つながりません。少し待ってから、もう一度押してください。書いた文は残っています。");
  }
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.assign("/desk/?said=expired");
  if (!answer.ok) throw new Refused(answer.status, told.code ?? "internal", told.message ?? "処理できませんでした。");
  return told;
}

export const get = (path) => ask(path, { method: "GET" });
export const post = (path, body = {}) => ask(path, {
  method: "POST",
  headers: { "content-type": "application/json", [TOKEN_HEADER]: document.body.dataset.token },
  body: JSON.stringify(body),
});
