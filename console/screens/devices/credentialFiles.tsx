import { Copy } from "../../ui/copy.tsx";
import { Block } from "../../ui/text.tsx";

/** A certificate, with its private key if the cloud made it. */
export interface Credentials {
  readonly certificate: string;
  readonly private_key?: string | undefined;
  readonly ca: string;
}

/** The files of the device: name and content. */
const filesOf = ({ certificate, private_key: key, ca }: Credentials) =>
  [
    ["device-cert.pem", certificate],
    ...(key === undefined ? [] : ([["device-key.pem", key]] as const)),
    ["ca.pem", ca],
  ] as const;

/** The files that a device needs to connect: to show, download and copy. */
export const CredentialFiles = ({ credentials }: { credentials: Credentials }) => (
  <>
    {filesOf(credentials).map(([name, content]) => (
      <details key={name}>
        <summary>{name}</summary>
        <div class="stack">
          <Block label={name} value={content} />
          <div class="actions">
            <Download name={name} content={content} />
            <Copy text={content} />
          </div>
        </div>
      </details>
    ))}
  </>
);

const Download = ({ name, content }: { name: string; content: string }) => (
  <button
    type="button"
    class="button small"
    onClick={() => {
      const url = URL.createObjectURL(new Blob([content], { type: "application/x-pem-file" }));
      const link = document.createElement("a");
      link.href = url;
      link.download = name;
      link.click();
      URL.revokeObjectURL(url);
    }}
  >
    Download {name}
  </button>
);
