// The simulator's addresses. Every failure becomes a `Trouble` with a sentence that says what to do.

const BASE = "/simulator/api";
const MARK = { "x-tsunagi-simulator": "1" };

export class Trouble extends Error {
  constructor(text, status = 0) {
    super(text);
    this.status = status;
  }
}

export const UNREACHABLE = "サービスにつながりません。サービスが動いているか確かめて、少し待ってください。つながると自動でもどります。";

function sentence(status) {
  if (status === 413) return "写真が大きすぎます。もっと小さい写真をえらんでください。";
  if (status === 415) return "この形式の写真は送れません。PNG・JPEG・GIF・WebPの写真をえらんでください。";
  if (status === 404) return "この会話は見つかりません。「＋」で新しい生徒を始めてください。";
  if (status === 400) return "この内容は送れませんでした。内容を変えて、もう一度ためしてください。";
  return UNREACHABLE;
}

async function call(path, options = {}) {
  let answer;
  try {
    answer = await fetch(BASE + path, options);
  } catch {
    throw new Trouble(UNREACHABLE);
  }
  if (!answer.ok) throw new Trouble(sentence(answer.status), answer.status);
  return answer.json();
}

function post(path, body) {
  return call(path, {
    method: "POST",
    headers: { ...MARK, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
}

export const getSetting = () => call("/setting");
export const chooseSetting = (wanted) => post("/setting", wanted);
export const createStudent = async (name) => (await post("/users", { name })).user;
export const act = async (fields) => (await post("/acts", { acts: [fields] })).webhook;
export const sendAgain = (eventId) => post(`/events/${eventId}/redeliver`, {});
export const contentAddress = (content) => `${BASE}/contents/${content}`;

const LARGEST = 900_000;
const LONGEST_SIDES = [1600, 1100, 760, 520];

/** A picture that fits into one request; LINE too makes pictures smaller on their way. */
async function fitting(file) {
  if (file.size <= LARGEST) return file;
  const whole = await createImageBitmap(file);
  let smaller = null;
  for (const side of LONGEST_SIDES) {
    smaller = await drawn(whole, Math.min(1, side / Math.max(whole.width, whole.height)));
    if (smaller.size <= LARGEST) break;
  }
  return smaller;
}

function drawn(picture, scale) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(picture.width * scale);
  canvas.height = Math.round(picture.height * scale);
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
}

export async function upload(picture) {
  let file;
  try {
    file = await fitting(picture);
  } catch {
    throw new Trouble(sentence(415), 415);
  }
  const answer = await call("/contents", { method: "POST", headers: { ...MARK, "content-type": file.type }, body: file });
  return answer.content;
}

/** Keeps one stream of changes open for some students; `close()` ends it. */
export function watch(students, onChange, onState) {
  let source = null;
  let again = 0;
  const open = () => {
    source = new EventSource(`${BASE}/stream?${students.map((id) => `user=${id}`).join("&")}`);
    source.onopen = () => onState(true);
    source.onmessage = (message) => onChange(JSON.parse(message.data));
    source.onerror = () => {
      onState(false);
      // The browser tries again by itself unless the answer was an error.
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
    };
  };
  open();
  return {
    close() {
      clearTimeout(again);
      source.close();
    },
  };
}
