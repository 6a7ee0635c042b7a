// Codes as people read them.

export const LEVELS = { critical: "緊急", high: "高い", unscreened: "未判定", concern: "気がかり", none: "通常" };
export const TOPICS = {
  bullying: "いじめ", truancy: "学校に行くこと", friends: "友だち", study: "勉強・進路", family: "家族", abuse: "家でこわいこと",
  body: "性やからだ", romance: "恋愛", net_trouble: "ネット", club: "部活", teacher: "先生", health: "心や体",
};
export const CATEGORIES = {
  suicide: "自殺", self_harm: "自傷", abuse: "虐待", violence: "暴力", bullying: "いじめ", sexual_harm: "性的な被害",
  third_party: "ほかの人の危険", crisis: "つらさ・危機",
};
export const AUTHORS = { student: "相談者", bot: "自動の案内", counsellor: "相談員", system: "システム" };
export const WANTED = { student: "本人の希望", risk: "危険の判定", bot_failure: "自動の案内が答えられない", conduct: "内容の確認" };
export const ENDED = { student: "本人が終えた", counsellor: "相談員が終えた", silence: "返事がなく終えた", hours: "時間の終わり", left: "ブロックされた" };
export const INTAKE = { role: "だれのこと", grade: "学年", age: "年齢", school_type: "校種", school_name: "学校", topic: "話したいこと", gender: "性別" };
export const ROLES = { self: "自分のこと", friend: "友だちのこと", guardian: "保護者", teacher: "教職員", unknown: "不明" };
export const CHANNELS = {
  line: "LINE", line_group: "LINE", web: "ウェブのチャット", report: "通報のページ", phone: "電話", mail: "メール", fax: "FAX", letter: "手紙", in_person: "面談",
};
export const ALARMS = {
  presence_lost: "相談員の画面が切れました。担当していた相談は、待ち行列に戻っています。",
  trainee_at_risk: "研修中の人の相談が、危険度「高い」以上になりました。引き継いでください。",
  hours_over: "受付の時間が終わりましたが、危険度の高い相談が続いています。切らずに、だれが続けるかを決めてください。",
  silent_at_risk: "危険度の高い相談で、返事が止まっています。",
  unanswered: "危険度の高い相談に、しばらくだれも応じていません。このままだと、当番の人を呼び出します。",
  approval_late: "研修中の人の文が、確認されないまま時間が過ぎました。",
  report_late: "期限を過ぎた通報があります。",
  block_lifted: "受付を止めていた人が、危険度の高いことを書きました（または、読み取れませんでした）。受付の停止は自動で終わっています。",
  quota_low: "今月のLINEの送信数が残り少なくなっています。",
  sign_in_tried: "チームのだれかの名前で、ログインの失敗が続いています。心当たりがないか、みんなに聞いてください。",
};
const REASONS = {
  rate_limited: "LINEが混み合っています", monthly_limit: "今月の送信数の上限です", not_sent: "LINEにつながりません", uncertain: "LINEの返事がありません",
  rejected: "LINEが受け取りませんでした（ブロックされているかもしれません）", not_authorised: "LINEの設定に誤りがあります。管理者に知らせてください",
  stale_epoch: "担当が変わったので、送りませんでした", unreadable: "開けませんでした", too_old: "時間が過ぎました",
};

/** The level that a card or line shows: what couldn't be read stands between high and a concern. */
export function levelOf({ level, unscreened }) {
  if (level === "critical" || level === "high") return level;
  return unscreened ? "unscreened" : level ?? "none";
}

/** What became of a line: `{text, bad, again}`; again: it may be sent again. Null where nothing has to be said. */
export function delivery(line, channel = "line") {
  const why = REASONS[line.reason] ?? "";
  switch (line.delivery) {
    case "pending": return line.reason
      ? { text: `まだ届いていません。${why || "送り直しています"}。`, bad: true, again: "今すぐ送り直す" }
      : { text: "送っています", bad: false, again: null };
    case "sent": return { text: channel === "web" ? "チャットに出しました" : "LINEに届きました", bad: false, again: null };
    case "unknown": return { text: "届いたかどうか、わかりません。", bad: true, again: "送り直す" };
    case "refused": return { text: `送りませんでした。${why}。`, bad: true, again: line.author === "counsellor" ? "送り直す" : null };
    case "dead": return { text: `届きませんでした。${why}。`, bad: true, again: "送り直す" };
    default: return null;
  }
}

const clock = new Intl.DateTimeFormat("ja-JP", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Tokyo" });
const day = new Intl.DateTimeFormat("ja-JP", { month: "numeric", day: "numeric", weekday: "short", timeZone: "Asia/Tokyo" });
export const time = (iso) => (iso ? clock.format(new Date(iso)) : "");
export const date = (iso) => (iso ? day.format(new Date(iso)) : "");

/** How long ago, in words that a glance takes in. */
export function span(milliseconds) {
  const minutes = Math.max(0, Math.floor(milliseconds / 60000));
  if (minutes < 1) return "1分未満";
  if (minutes < 60) return `${minutes}分`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}時間${minutes % 60 ? `${minutes % 60}分` : ""}`;
  return `${Math.floor(hours / 24)}日`;
}
