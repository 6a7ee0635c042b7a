// What could be kinder in what a counsellor is writing. Hints never block: whoever writes knows the talk better.

export const LONG = 120;
export const TOO_LONG = 300;

// Words of the student's own, in 「」, are looked through by none of these; so is a time such as 16:00〜21:00.
const QUOTED = /「[^「」]*」|『[^『』]*』/g;
const SPAN = /([0-9０-９時分日月]\s*)[〜～~](?=\s*[0-9０-９])/g;

const WORDINGS = [
  {
    kind: "cheering",
    patterns: [/がんば(?:って|ろう|れ|り|る)|ガンバ|頑張|元気(?:を|に)?出して|負けないで/],
    text: "「がんばって」は重く感じる人がいます。「いっしょに考えます」などはどうでしょう。",
  },
  {
    kind: "platitude",
    patterns: [/(?:命|いのち)[はがを]?(?:とても)?大切/],
    text: "「命を大切に」は責められたように聞こえることがあります。「あなたのことが心配です」などはどうでしょう。",
  },
  {
    kind: "promise",
    patterns: [
      /絶対|必ず[^。\n]*(?:分|時間|秘密|守り|返事|返信)/,
      /[0-9０-９]+(?:分|時間)(?:以内|ほど|くらい|ぐらい|後)|数分|すぐに?(?:お?返事|返信)(?:し|でき)ます/,
    ],
    text: "守れないかもしれない約束は、あとで人を傷つけます。「できるだけ」などと書けるでしょうか。",
  },
  {
    kind: "blame",
    patterns: [
      /なぜ|(?:(?<!ま)なんで|何で)(?!も|す|しょ|した(?!の)|ござ)/,
      // Not: どうしても, どうしてほしい, どうしていますか, どうしていいか.
      /どうして(?!も|ほし|欲し|あげ|い(?:い|く|こ|ます|まし|る|た(?!の))|み(?:ま|る|た(?!の)))/,
    ],
    text: "「どうして」は責めるように聞こえることがあります。「どんなことがありましたか」などはどうでしょう。",
  },
  {
    kind: "speech",
    patterns: [
      /だよね?(?=[。、？?！!\s]|$)|だろ(?!う)|だ[ぜぞ](?=[。！!\s]|$)/,
      /かしら|(?:だ|の|です|ます)わ[。ねよ]|(?:です|ます)の[。よ]/,
      /(?<![一-龠])僕|俺|お前|おまえ|あんた(?!り)|(?<![一-龠々])君(?=[はがのをにもと、。って]|たち|$)/,
      /(?<![ぁ-ん])(?:きみ|ぼく|おれ|あたし)(?=[はがのをにもと、。]|たち|$)/,
    ],
    text: "「わたし」「あなた」と、です・ますで書くと、だれにでも同じように届きます。",
  },
  {
    kind: "stretched",
    patterns: [/[〜～~…‥！!]|・{2,}|。{2,}|[ぁ-ん]ー|ー{2,}/],
    text: "「～」「ー」「…」「！」はなるべく使わず、「。」で終えると、落ち着いて読んでもらえます。",
  },
];

const PLAIN_TEXT = "です・ますで終えると、やわらかく、落ち着いて届きます。";
const QUESTIONS_TEXT = "質問がいくつかあるようです。一つずつのほうが、答えやすいと思います。";
const LONG_TEXT = `${LONG}字をこえました。二つに分けて送ると、読みやすくなります。`;
const TOO_LONG_TEXT = `${TOO_LONG}字をこえました。いちばん伝えたいことから、短く分けて送ってみてください。`;

/** What could be better, in the order of importance: `[{kind, text}]`, each kind once, empty for a kind text. */
export function hints(text) {
  const own = text.replace(QUOTED, "「」").replace(SPAN, "$1から");
  const found = WORDINGS.filter(({ patterns }) => patterns.some((pattern) => pattern.test(own))).map(shown);
  if (questions(own) > 1) found.push({ kind: "questions", text: QUESTIONS_TEXT });
  // Rough speech is plain as well, and one hint about it is enough.
  if (plain(own) && !found.some(({ kind }) => kind === "speech")) found.push({ kind: "plain", text: PLAIN_TEXT });
  const length = [...text.replace(/\n/g, "")].length;
  if (length > TOO_LONG) found.push({ kind: "too_long", text: TOO_LONG_TEXT });
  else if (length > LONG) found.push({ kind: "long", text: LONG_TEXT });
  return found;
}

const shown = ({ kind, text }) => ({ kind, text });

/** A question ends in a mark, or in か; 「そうですか。」 takes in and asks nothing. */
function questions(text) {
  const asked = text.replace(/そう(?:です|でした|なんです|なのです)か(?=。|\n|$)/g, "");
  return (asked.match(/[？?]+|か(?=。|\s*\n|\s*$)/g) ?? []).length;
}

const FORMS = "です|ます|でした|ました|ません|でしょう|ましょう|ください|下さい|なさい|こんにちは|こんばんは|はい|いいえ";
const POLITE = new RegExp(`(?:${FORMS})(?:か|ね|よ|よね|が|けど|けれど|から|ので|し|ように)?$`);
// How a sentence ends that isn't finished by a 。 but is surely not being written on.
const PLAIN = /(?:だ|だった|だね|じゃん|かな|[いうくすつぬむるただ](?:よ|ね|よね)|てね|でね|[てで]よ)$/;
const AFTER_ALL = /[。？?！!…〜～~ー、\s\p{Extended_Pictographic}\ufe0f]+$/u;
const LETTERS = /[ぁ-んァ-ヶ一-龠]/;

/** Whether some sentence ends in plain speech; the last one may still be being written, so only a sure end counts. */
function plain(text) {
  return text.split(/(?<=[。？?！!\n])/).some((part) => {
    const whole = part.trim();
    const sentence = whole.replace(AFTER_ALL, "");
    // A row of a list, or a line with its number and hours, is no sentence.
    if (!LETTERS.test(sentence) || /^[・]|[）)」』]$/.test(sentence) || POLITE.test(sentence)) return false;
    return /[。？?！!]$/.test(whole) || PLAIN.test(sentence);
  });
}
