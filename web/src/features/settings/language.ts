import { type Language, useSettings } from "./store";

/** The language of every text, as a value that can be read and followed outside of components. */
export const language = {
  current: (): Language => useSettings.getState().language,
  subscribe: (listener: (chosen: Language) => void): (() => void) =>
    useSettings.subscribe((now, before) => {
      if (now.language !== before.language) listener(now.language);
    }),
};
