import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { classes } from "./classes";
import { IconButton } from "./Button";

/**
 * A window over the page, closed by Esc, by its cross or by a click beside it. One that is there to be read, where
 * nothing else takes the keyboard, takes it itself, to be scrolled.
 */
export function Dialog({
  title,
  description,
  isOpen,
  isRead = false,
  onClose,
  children,
  className,
}: {
  title: string;
  description?: string;
  isOpen: boolean;
  isRead?: boolean;
  onClose: () => void;
  children: ReactNode;
  className?: string;
}) {
  const { t } = useTranslation("shell");
  return (
    <Radix.Root open={isOpen} onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/40 print:hidden" />
        <Radix.Content
          {...(description === undefined ? { "aria-describedby": undefined } : {})}
          className={classes(
            "fixed top-1/2 left-1/2 z-40 flex max-h-[85vh] w-[min(92vw,32rem)] -translate-x-1/2 -translate-y-1/2 flex-col rounded-xl border border-line bg-raised shadow-2xl outline-none print:static print:max-h-none print:w-full print:translate-none print:border-0 print:shadow-none",
            className,
          )}
          onOpenAutoFocus={focusItself}
        >
          <header className="flex items-start gap-3 px-5 pt-4 pb-2">
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-base font-semibold">{title}</Radix.Title>
              {description !== undefined && (
                <Radix.Description className="mt-0.5 text-muted">{description}</Radix.Description>
              )}
            </div>
            <IconButton icon={X} label={t("close")} size="smallIcon" onClick={onClose} />
          </header>
          <div
            {...(isRead ? { tabIndex: 0, role: "region", "aria-label": title } : {})}
            className="min-h-0 flex-1 overflow-auto px-5 pb-5 -outline-offset-2"
          >
            {children}
          </div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** What asks for no field to begin in begins with its title, not with the cross and its tooltip. */
function focusItself(event: Event): void {
  event.preventDefault();
  if (event.currentTarget instanceof HTMLElement) event.currentTarget.focus();
}
