/** What a run tells, apart from the language: a code, and what it is about. */
export interface Saying {
  code: string;
  values: Readonly<Record<string, string | number | Saying>>;
}

/** The sayings of an event's texts, by the name of the text; one without is the same in every language. */
export type Said = Readonly<Record<string, Saying>> | null;

/** The texts of one language, by code, with the places of their values: `{name}`, or `{name!r}` for one in quotes. */
export type Texts = Readonly<Record<string, string>>;

/** Puts a text into the reader's language by its saying, where there is one; else the text as it came. */
export type Tell = (text: string, saying: Saying | undefined) => string;

/** The codes in a saying, those of the sayings within it included. */
export const codesOf = ({ code, values }: Saying): string[] => [
  code,
  ...Object.values(values).flatMap((value) => (typeof value === "object" ? codesOf(value) : [])),
];

/** What has happened to media, in words. */
export const toldMedia = (tell: Tell, { media, detail, said }: MediaTold): string =>
  `${tell(media, { code: `media-${media}`, values: {} })} ${tell(detail, said?.detail)}`.trimEnd();

interface MediaTold {
  media: string;
  detail: string;
  said?: Said;
}

export const asItCame: Tell = (text) => text;

const PLACE = /\{(\w+)(!r)?\}/g;

/** A code that these texts do not know leaves the text as it came: it is of a newer server, or of one long gone. */
export function teller(texts: Texts): Tell {
  const say = ({ code, values }: Saying): string | null => {
    const template = texts[code];
    if (template === undefined) return null;
    const told = new Map(
      Object.entries(values).map(([name, value]) => [
        name,
        typeof value === "object" ? say(value) : String(value),
      ]),
    );
    const places = [...template.matchAll(PLACE)];
    if (places.some(([, name = ""]) => (told.get(name) ?? null) === null)) return null;
    const said = template.replace(PLACE, (_, name: string, quoted?: string) => {
      const value = told.get(name) ?? "";
      return quoted === undefined ? value : `'${value}'`;
    });
    const { got } = values;
    return got === undefined || code === "with-got" ? said : say({ code: "with-got", values: { said, got } });
  };
  return (text, saying) => (saying === undefined ? text : (say(saying) ?? text));
}
