import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { asText, textFrom } from "@/core/forms/values";
import { IconButton } from "@/ui/kit/Button";
import { TextInput } from "@/ui/kit/Field";
import type { WidgetProps } from "./widget";

/** A secret: hidden, until a person asks to see it. */
export function PasswordWidget({ id, describedBy, value, isInvalid, isReadOnly, onChange }: WidgetProps) {
  const { t } = useTranslation("properties");
  const [isShown, setShown] = useState(false);
  return (
    <span className="relative flex items-center">
      <TextInput
        id={id}
        type={isShown ? "text" : "password"}
        autoComplete="new-password"
        aria-describedby={describedBy}
        aria-invalid={isInvalid}
        readOnly={isReadOnly}
        value={asText(value)}
        className="pr-9"
        onChange={(event) => onChange(textFrom(event.target.value))}
      />
      <IconButton
        icon={isShown ? EyeOff : Eye}
        label={isShown ? t("hide") : t("show")}
        size="smallIcon"
        className="absolute right-1"
        onClick={() => setShown(!isShown)}
      />
    </span>
  );
}
