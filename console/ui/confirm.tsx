import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import type { ApiRequest } from "../api/apiRequest.ts";
import { Button } from "./button.tsx";
import { Curl } from "./curl.tsx";
import { Dialog } from "./dialog.tsx";

interface Props {
  /** The button that asks, and the action in the dialogue. */
  readonly action: string;
  readonly title: string;
  /** What is lost. */
  readonly children: ComponentChildren;
  readonly kind?: "primary" | "danger";
  /** The request, for its `curl`. */
  readonly request?: ApiRequest;
  /** The look of the button that asks. */
  readonly opener?: "quiet";
  run(): Promise<void>;
}

/** A button for an action that asks first, and names what is lost. */
export const Confirm = ({
  action,
  title,
  children,
  kind = "danger",
  opener,
  request,
  run,
}: Props) => {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button {...(opener && { kind: opener })} onClick={() => setOpen(true)}>
        {action}…
      </Button>
      {isOpen && (
        <Dialog title={title} onClose={() => setOpen(false)}>
          {children}
          <div class="actions end">
            {request !== undefined && <Curl action={action} request={request} />}
            <Button onClick={() => setOpen(false)}>Cancel</Button>
            <Button
              kind={kind}
              onClick={async () => {
                await run();
                setOpen(false);
              }}
            >
              {action}
            </Button>
          </div>
        </Dialog>
      )}
    </>
  );
};
