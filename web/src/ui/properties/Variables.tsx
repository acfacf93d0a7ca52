import { Plus, X } from "lucide-react";
import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { variablesIn } from "@/core/forms/suggest";
import { useShownDocument } from "@/features/editor/shown";
import { useVariables } from "@/features/variables/store";
import { IconButton } from "@/ui/kit/Button";
import { TextInput } from "@/ui/kit/Field";

const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/** Values for `{{ var.NAME }}`, handed to the next run: for each name that the scenario uses, and for others. */
export function Variables({ scenarioId }: { scenarioId: string }) {
  const { t } = useTranslation("properties");
  const id = useId();
  const document = useShownDocument();
  const values = useVariables((variables) => variables.values[scenarioId]) ?? {};
  const { set, remove } = useVariables.getState();
  const used = variablesIn(document);
  const names = [...new Set([...used, ...Object.keys(values)])].sort((one, other) =>
    one.localeCompare(other),
  );
  return (
    <section className="flex flex-col gap-2" aria-labelledby={id}>
      <div>
        <h4 id={id} className="font-medium">
          {t("variables.title")}
        </h4>
        <p className="text-xs text-muted">{t("variables.help", { example: "{{ var.name }}" })}</p>
      </div>
      {names.length > 0 && (
        <ul className="flex flex-col gap-1">
          {names.map((name) => (
            <li key={name} className="flex items-center gap-1.5">
              <label htmlFor={`${id}-${name}`} className="w-2/5 truncate font-mono text-xs" title={name}>
                {name}
              </label>
              <TextInput
                id={`${id}-${name}`}
                value={values[name] ?? ""}
                placeholder={used.includes(name) ? t("variables.missing") : ""}
                className="min-w-0 flex-1"
                onChange={(event) => set(scenarioId, name, event.target.value)}
              />
              <IconButton
                icon={X}
                label={t("variables.remove", { name })}
                size="smallIcon"
                className={used.includes(name) ? "invisible" : undefined}
                disabled={used.includes(name)}
                onClick={() => remove(scenarioId, name)}
              />
            </li>
          ))}
        </ul>
      )}
      <NewVariable taken={names} onAdd={(name) => set(scenarioId, name, "")} />
    </section>
  );
}

function NewVariable({ taken, onAdd }: { taken: readonly string[]; onAdd: (name: string) => void }) {
  const { t } = useTranslation("properties");
  const [name, setName] = useState("");
  const isGood = NAME.test(name) && !taken.includes(name);
  return (
    <form
      className="flex items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        if (!isGood) return;
        onAdd(name);
        setName("");
      }}
    >
      <TextInput
        aria-label={t("variables.name")}
        placeholder={t("variables.name")}
        aria-invalid={name !== "" && !isGood}
        value={name}
        maxLength={100}
        className="min-w-0 flex-1 font-mono text-xs"
        onChange={(event) => setName(event.target.value.trim())}
      />
      <IconButton type="submit" icon={Plus} label={t("variables.add")} disabled={!isGood} />
    </form>
  );
}
