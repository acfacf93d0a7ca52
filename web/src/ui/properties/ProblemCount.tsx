import { useTranslation } from "react-i18next";
import { useProblems } from "@/features/problems/store";
import { classes } from "@/ui/kit/classes";

/** How many errors, or else warnings, there are; nothing where there are none. */
export function ProblemCount() {
  const { t } = useTranslation("properties");
  const { errors, warnings } = useProblems();
  if (errors + warnings === 0) return null;
  const said = [
    ...(errors > 0 ? [t("problems.error", { count: errors })] : []),
    ...(warnings > 0 ? [t("problems.warning", { count: warnings })] : []),
  ].join(", ");
  return (
    <span
      title={said}
      className={classes(
        "min-w-5 rounded-full px-1.5 text-center text-xs tabular-nums",
        errors > 0 ? "bg-failure-soft text-failure" : "bg-warning-soft text-warning",
      )}
    >
      <span aria-hidden>{errors + warnings}</span>
      <span className="sr-only">{said}</span>
    </span>
  );
}
