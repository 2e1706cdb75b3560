// Words for the preview, said again and again.

const SAMPLES = {
  en: ["This is how your words will look while you speak.", "What may still change is dim, and then it settles."],
  ar: ["هكذا تبدو كلماتك وأنت تتكلم.", "ما قد يتغير يظهر باهتا ثم يثبت."],
  fa: ["این‌گونه واژه‌های شما هنگام سخن گفتن دیده می‌شوند.", "آنچه هنوز ممکن است تغییر کند کم‌رنگ است."],
  ja: ["話している間、言葉はこのように表示されます。", "まだ変わるかもしれない部分は薄く見えます。"],
  zh: ["您说话时，文字就是这样显示的。", "可能还会改变的部分颜色较淡，随后就会固定下来。"],
  ko: ["말하는 동안 글자가 이렇게 보입니다.", "아직 바뀔 수 있는 부분은 흐리게 보입니다."],
  tr: ["Siz konuşurken sözleriniz işte böyle görünür.", "Değişebilecek olan soluk, kesinleşen parlaktır."],
};
const STEP_MS = 280;
const PAUSE_STEPS = 6;
const TAIL_UNITS = 3;

/** Says the samples in the language that is set, into `captions`. */
class Sample {
  constructor(captions) {
    this.captions = captions;
    this.utterance = 0;
    this.next = 0;
    this.timer = 0;
  }

  start() {
    this.stop();
    this.timer = setInterval(() => this.step(), STEP_MS);
  }

  stop() {
    clearInterval(this.timer);
  }

  /** Say one word more, or pause. */
  step() {
    const language = this.captions.values.lang.slice(0, 2).toLowerCase();
    const texts = Object.hasOwn(SAMPLES, language) ? SAMPLES[language] : SAMPLES.en;
    const text = texts[this.utterance % texts.length];
    const units = text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]\p{P}*|\s*[^\s\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]+/gu);
    const key = `sample/${this.utterance}`;
    this.next += 1;
    if (this.next < units.length + TAIL_UNITS) {
      const committed = units.slice(0, Math.max(0, this.next - TAIL_UNITS)).join("");
      this.captions.partial(key, committed, units.slice(0, this.next).join("").slice(committed.length), "");
    } else if (this.next === units.length + TAIL_UNITS) {
      this.captions.final(key, text, "");
    } else if (this.next > units.length + TAIL_UNITS + PAUSE_STEPS) {
      this.utterance += 1;
      this.next = 0;
    }
  }
}
