import type { ApiRequest } from "../../api/apiRequest.ts";
import { urlOfRequest } from "../../api/apiUrl.ts";

interface Props {
  readonly of: ApiRequest;
  /** The name of the file. */
  readonly name: string;
  readonly children: string;
}

/** A link that downloads a reply of the API as a file. */
export const Download = ({ of, name, children }: Props) => (
  <a class="button small" href={urlOfRequest(of).href} download={name}>
    {children}
  </a>
);
