import { useTranslation } from "react-i18next";
import { type Action, useActions } from "@/features/actions/registry";
import { Dialog } from "@/ui/kit/Dialog";
import { formatKeys } from "@/ui/kit/keys";
import { useOverlay } from "./overlays";

/** All but the one that is longer than these together, which has columns of its own below its heading. */
const SHORT_GROUPS = ["run", "file", "view", "help"] as const satisfies readonly Action["group"][];

/** All keys, from the same registry that lets them work. */
export function KeySheet() {
  const { t } = useTranslation();
  const isOpen = useOverlay(({ shown }) => shown === "keys");
  return (
    <Dialog
      title={t("shell:keySheet")}
      isOpen={isOpen}
      onClose={() => useOverlay.setState({ shown: null })}
      className="w-[min(94vw,68rem)]"
    >
      <div className="flex flex-col gap-x-8 pt-1 md:flex-row">
        <div className="flex-1">
          {SHORT_GROUPS.map((group) => (
            <Group key={group} name={group} />
          ))}
        </div>
        <div className="flex-[2]">
          <Group name="edit" listClass="gap-8 lg:columns-2" />
        </div>
      </div>
    </Dialog>
  );
}

/** The keys of one group of actions; nothing where it has none. */
function Group({ name, listClass = "" }: { name: Action["group"]; listClass?: string }) {
  const { t } = useTranslation();
  const actions = useActions((registry) => registry.actions);
  const own = [...actions.values()].filter(({ group, keys = [] }) => group === name && keys.length > 0);
  if (own.length === 0) return null;
  return (
    <section className="mb-5">
      <h3 className="mb-1 text-xs font-semibold text-muted">{t(`shell:group.${name}`)}</h3>
      <dl className={listClass}>
        {own.map(({ id, titleKey, keys = [] }) => (
          <div
            key={id}
            className="flex min-h-7 break-inside-avoid-column items-center gap-4 border-b border-line py-0.5 last:border-b-0"
          >
            <dt className="min-w-0 flex-1">{t(titleKey)}</dt>
            <dd className="flex gap-1">
              {keys.map((key) => (
                <kbd
                  key={key}
                  className="rounded border border-line bg-sunken px-1.5 py-0.5 font-sans text-xs whitespace-nowrap"
                >
                  {formatKeys(key)}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
