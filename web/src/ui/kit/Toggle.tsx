import { Switch } from "radix-ui";

/** A switch; what it is for is said by a label with its id. */
export function Toggle({
  id,
  isOn,
  isDisabled = false,
  isInvalid = false,
  describedBy,
  onChange,
}: {
  id: string;
  isOn: boolean;
  isDisabled?: boolean;
  isInvalid?: boolean;
  describedBy?: string | undefined;
  onChange: (isOn: boolean) => void;
}) {
  return (
    <Switch.Root
      id={id}
      checked={isOn}
      disabled={isDisabled}
      aria-describedby={describedBy}
      aria-invalid={isInvalid}
      onCheckedChange={onChange}
      className="h-5 w-9 shrink-0 cursor-pointer rounded-full border border-muted bg-sunken p-px data-[disabled]:cursor-default data-[disabled]:opacity-50 data-[state=checked]:border-accent data-[state=checked]:bg-accent"
    >
      <Switch.Thumb className="block size-4 rounded-full bg-muted transition-transform data-[state=checked]:translate-x-4 data-[state=checked]:bg-accent-text" />
    </Switch.Root>
  );
}
