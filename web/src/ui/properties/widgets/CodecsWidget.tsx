import { ArrowDown, ArrowUp } from "lucide-react";
import { useTranslation } from "react-i18next";
import { namesIn } from "@/core/forms/values";
import { IconButton } from "@/ui/kit/Button";
import { classes } from "@/ui/kit/classes";
import type { WidgetProps } from "./widget";

/** Names in an order of preference: ticked ones first, in their order, then those that may be added. */
export function CodecsWidget({ id, describedBy, field, value, isReadOnly, onChange }: WidgetProps) {
  const { t } = useTranslation("properties");
  const fallback = namesIn(field.fallback);
  const set = namesIn(value);
  const chosen = set.length === 0 ? fallback : set;
  const isChosen = (name: string) => chosen.some((own) => own.toLowerCase() === name.toLowerCase());
  const others = [...field.choices.map((choice) => choice.value), ...fallback].filter(
    (name, index, all) => !isChosen(name) && all.indexOf(name) === index,
  );
  const store = (names: readonly string[]): void =>
    onChange(JSON.stringify(names) === JSON.stringify(fallback) || names.length === 0 ? undefined : names);
  const move = (index: number, by: number): void => {
    const names = [...chosen];
    const [name] = names.splice(index, 1);
    if (name === undefined) return;
    names.splice(index + by, 0, name);
    store(names);
  };
  return (
    <ul
      id={id}
      aria-label={field.title}
      aria-describedby={describedBy}
      className="overflow-hidden rounded-md border border-line"
    >
      {[...chosen, ...others].map((name, index) => (
        <li
          key={name}
          className={classes(
            "flex h-8 items-center gap-1 border-b border-line pr-1 pl-2 last:border-b-0",
            index >= chosen.length && "bg-sunken",
          )}
        >
          <label className="flex min-w-0 flex-1 cursor-pointer items-center gap-2">
            <input
              type="checkbox"
              checked={index < chosen.length}
              disabled={isReadOnly || (index < chosen.length && chosen.length === 1)}
              onChange={() =>
                store(index < chosen.length ? chosen.filter((own) => own !== name) : [...chosen, name])
              }
            />
            <span className={classes("truncate", index >= chosen.length && "text-muted")}>{name}</span>
          </label>
          {index < chosen.length && chosen.length > 1 && (
            <>
              <IconButton
                icon={ArrowUp}
                label={t("earlier", { name })}
                size="smallIcon"
                disabled={isReadOnly || index === 0}
                onClick={() => move(index, -1)}
              />
              <IconButton
                icon={ArrowDown}
                label={t("later", { name })}
                size="smallIcon"
                disabled={isReadOnly || index === chosen.length - 1}
                onClick={() => move(index, 1)}
              />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}
