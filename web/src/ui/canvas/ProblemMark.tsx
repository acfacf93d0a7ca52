import { CircleX, TriangleAlert } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useNodeProblems } from "@/features/problems/store";
import { classes } from "@/ui/kit/classes";

/** The sign on a node of which something was found to be wrong. */
export function ProblemMark({ nodeId }: { nodeId: string }) {
  const { t } = useTranslation("editor");
  const problems = useNodeProblems(nodeId);
  const [first] = problems;
  if (first === undefined) return null;
  const isError = first.severity === "error";
  const Icon = isError ? CircleX : TriangleAlert;
  const label = t(isError ? "errors" : "warnings", { count: problems.length });
  return (
    <span
      role="img"
      aria-label={`${label}: ${problems.map(({ message }) => message).join("; ")}`}
      title={problems.map(({ message }) => message).join("\n")}
      className={classes(
        "absolute -top-2 -right-2 grid size-5 place-items-center rounded-full bg-raised shadow-sm",
        isError ? "text-failure" : "text-warning",
      )}
    >
      <Icon aria-hidden size={16} />
    </span>
  );
}
