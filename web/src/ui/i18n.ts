import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { hearIn } from "@/api/client";
import { language } from "@/features/settings/language";
import { resources } from "@/locales";

/** Make `t` speak the chosen language, and follow when another is chosen. A key is `namespace:name`. */
export async function startLanguage(): Promise<void> {
  await i18next.use(initReactI18next).init({
    resources,
    lng: language.current(),
    fallbackLng: "en",
    ns: Object.keys(resources.en),
    defaultNS: "shell",
    interpolation: { escapeValue: false },
  });
  const follow = (chosen: string): void => {
    document.documentElement.lang = chosen;
    hearIn(chosen);
  };
  follow(language.current());
  language.subscribe((chosen) => {
    follow(chosen);
    void i18next.changeLanguage(chosen);
  });
}
