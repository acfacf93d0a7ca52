import { useTranslation } from "react-i18next";
import { type Action, useActions } from "@/features/actions/registry";
import { Dialog } from "@/ui/kit/Dialog";
import { formatKeys } from "@/ui/kit/keys";
import { useOverlay } from "./overlays";

const GROUPS = ["run", "file", "edit", "view", "help"] as const satisfies readonly Action["group"][];

/** All keys, from the same registry that lets them work. */
export function KeySheet() {
  const { t } = useTranslation();
  const isOpen = useOverlay(({ shown }) => shown === "keys");
  const actions = useActions((registry) => registry.actions);
  const withKeys = [...actions.values()].filter(({ keys }) => (keys?.length ?? 0) > 0);
  return (
    <Dialog
      title={t("shell:keySheet")}
      isOpen={isOpen}
      onClose={() => useOverlay.setState({ shown: null })}
      className="w-[min(94vw,68rem)]"
    >
      <div className="columns-1 gap-8 pt-1 md:columns-2 lg:columns-3">
        {GROUPS.map((group) => {
          const own = withKeys.filter((action) => action.group === group);
          if (own.length === 0) return null;
          return (
            <section key={group} className="mb-5">
              <h3 className="mb-1 break-after-avoid-column text-xs font-semibold text-muted">
                {t(`shell:group.${group}`)}
              </h3>
              <dl>
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
        })}
      </div>
    </Dialog>
  );
}
