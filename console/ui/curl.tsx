import { useState } from "preact/hooks";
import type { ApiRequest } from "../api/apiRequest.ts";
import { urlOfRequest } from "../api/apiUrl.ts";
import { curlOf } from "../api/curl.ts";
import { Copy } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Block } from "./text.tsx";

interface Props {
  /** What the command does, for its title. */
  readonly action: string;
  readonly request: ApiRequest;
}

/** Shows the command for an action, to repeat it in a script. */
export const Curl = ({ action, request }: Props) => {
  const [isOpen, setOpen] = useState(false);
  const command = curlOf(urlOfRequest(request), request);
  return (
    <>
      <button
        type="button"
        class="button quiet small"
        aria-label={`curl: ${action}`}
        onClick={() => setOpen(true)}
      >
        curl
      </button>
      {isOpen && (
        <Dialog title={`${action} with curl`} onClose={() => setOpen(false)}>
          <p>
            <code>$TOKEN</code> is an access token: of <code>POST /oauth/token</code> with your
            password, or of the operator with <code>npm run admin -- token add NAME</code>.
          </p>
          <Block label="Command" value={command} />
          <div class="actions end">
            <Copy text={command} />
          </div>
        </Dialog>
      )}
    </>
  );
};
