import i18next from "i18next";
import { initReactI18next } from "react-i18next";
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
  document.documentElement.lang = language.current();
  language.subscribe((chosen) => {
    document.documentElement.lang = chosen;
    void i18next.changeLanguage(chosen);
  });
}
