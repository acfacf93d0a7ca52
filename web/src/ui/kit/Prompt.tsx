import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { TextInput } from "./Field";

/** Ask for one line of text. */
export function TextPrompt({
  title,
  label,
  initial,
  action,
  onDone,
  onClose,
}: {
  title: string;
  label: string;
  initial: string;
  action: string;
  onDone: (text: string) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("shell");
  const [text, setText] = useState(initial);
  const isEmpty = text.trim() === "";
  return (
    <Dialog title={title} isOpen onClose={onClose} className="w-96">
      <form
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          if (isEmpty) return;
          onDone(text.trim());
          onClose();
        }}
      >
        <label className="flex flex-col gap-1">
          <span className="text-muted">{label}</span>
          <TextInput
            autoFocus
            value={text}
            maxLength={200}
            onChange={(event) => setText(event.target.value)}
            onFocus={(event) => event.target.select()}
          />
        </label>
        <Choices>
          <Button onClick={onClose}>{t("cancel")}</Button>
          <Button type="submit" tone="primary" disabled={isEmpty}>
            {action}
          </Button>
        </Choices>
      </form>
    </Dialog>
  );
}

/** Ask before something that can't be undone. */
export function Confirmation({
  title,
  text,
  action,
  onDone,
  onClose,
}: {
  title: string;
  text: string;
  action: string;
  onDone: () => void;
  onClose: () => void;
}) {
  const { t } = useTranslation("shell");
  return (
    <Dialog title={title} description={text} isOpen onClose={onClose} className="w-96">
      <Choices>
        <Button autoFocus onClick={onClose}>
          {t("cancel")}
        </Button>
        <Button
          tone="danger"
          onClick={() => {
            onDone();
            onClose();
          }}
        >
          {action}
        </Button>
      </Choices>
    </Dialog>
  );
}

function Choices({ children }: { children: ReactNode }) {
  return <div className="mt-2 flex justify-end gap-2">{children}</div>;
}
