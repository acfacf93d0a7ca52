/**
 * How well a text answers what was typed, from 0 (not at all) to 1. Each word of the query is looked for on its own:
 * as the whole text, at its beginning, at the beginning of a word, anywhere, in Korean also by initial consonants (`ㅈㅎ` finds `전화`) and
 * by a syllable that is not finished yet (`저` finds `전화`), at last letter by letter in order.
 */
export function matchOf(query: string, ...texts: readonly string[]): number {
  const words = query.trim().toLowerCase().split(/\s+/);
  if (words.length === 1 && words[0] === "") return 1;
  let total = 0;
  for (const word of words) {
    const best = Math.max(
      0,
      ...texts.map((text, index) => matchOfWord(word, text.toLowerCase()) / (1 + index / 4)),
    );
    if (best === 0) return 0;
    total += best;
  }
  return total / words.length;
}

function matchOfWord(word: string, text: string): number {
  const [wanted, whole] = [word.normalize("NFD"), text.normalize("NFD")];
  if (whole === wanted) return 1;
  if (whole.startsWith(wanted)) return 0.95;
  const at = whole.indexOf(wanted);
  if (at > 0) return /[\s(·/_-]/.test(whole[at - 1] ?? "") ? 0.9 : 0.7;
  if (/^[ㄱ-ㅎ]+$/.test(word)) {
    const initials = text.replace(/[가-힣]/g, initialOf);
    return initials.startsWith(word) ? 0.8 : initials.replaceAll(" ", "").includes(word) ? 0.6 : 0;
  }
  return word.length > 1 && standsInOrder(wanted, whole.split(/\s+/)) ? 0.3 : 0;
}

const INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ";

/** The first consonant of a Korean syllable: Unicode has 588 syllables for each. */
const initialOf = (syllable: string): string =>
  INITIALS[Math.floor((syllable.charCodeAt(0) - 0xac00) / 588)] ?? syllable;

/** Whether the letters stand in this order in one of the words, from its first letter on. */
const standsInOrder = (wanted: string, words: readonly string[]): boolean =>
  words.some((word) => {
    if (word[0] !== wanted[0]) return false;
    let at = 0;
    for (const letter of word) if (letter === wanted[at]) at++;
    return at >= wanted.length;
  });
