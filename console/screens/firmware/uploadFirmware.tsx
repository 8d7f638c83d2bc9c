import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { FirmwareBody } from "../../api/replies.ts";
import { sendForm } from "../../api/sendForm.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { number } from "../../ui/format.ts";
import { toast } from "../../ui/toast.tsx";

/** The largest image, and room for its signature. The API refuses a larger one after the upload. */
const fileBytesMax = 4_194_304 + 16_384;

const path = (): string => fleetPath("/firmware");

/** Uploads an image as a new firmware version. */
export const UploadFirmware = ({ reload }: { reload(): Promise<void> }) => {
  const [file, setFile] = useState<File>();
  const [version, setVersion] = useState("");
  const [title, setTitle] = useState("");
  const [description, setDescription] = useState("");
  const [sent, setSent] = useState<number>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const fields = { version, title, ...(description !== "" && { description }) };
  const upload: ApiRequest = {
    method: "POST",
    path: path(),
    form: { file: file?.name ?? "app.bin.signed", fields },
  };
  return (
    <Card title="Upload an image">
      <Form
        submit="Upload"
        actions={
          <>
            <Curl action="Upload this image" request={upload} />
            {sent !== undefined && (
              <Button kind="quiet" onClick={() => running.current?.abort()}>
                Cancel
              </Button>
            )}
          </>
        }
        onSubmit={async () => {
          const chosen = requireFile(file);
          const controller = new AbortController();
          running.current = controller;
          setSent(0);
          try {
            const made = await sendForm<FirmwareBody>({
              path: upload.path,
              file: chosen,
              fields,
              signal: controller.signal,
              onProgress: setSent,
            });
            toast(`Version ${made.version} is stored${made.signed ? "" : ", unsigned"}.`);
            await reload();
            navigate(urlOf(`/firmware/${made.version}`));
          } finally {
            setSent(undefined);
          }
        }}
      >
        <FileField
          label="Image"
          hint="A signed image has its signature at the end. The cloud verifies it before it stores anything."
          onChange={setFile}
        />
        <Field
          label="Version number"
          value={version}
          required
          placeholder="3"
          maxLength={5}
          hint="From 1 to 65535. The image must have been signed for it."
          onInput={setVersion}
        />
        <Field label="Title" value={title} required maxLength={256} onInput={setTitle} />
        <Area
          label="Description (optional)"
          value={description}
          maxLength={4_096}
          onInput={setDescription}
        />
        {sent !== undefined && (
          <p>
            <progress value={sent} max={1} aria-label="Upload" />
            {sent < 1 ? `${Math.floor(sent * 100)} % sent` : "Sent. The cloud verifies the image…"}
          </p>
        )}
      </Form>
    </Card>
  );
};

const requireFile = (file: File | undefined): File => {
  if (file === undefined) throw new Error("Choose an image first.");
  if (file.size === 0) throw new Error("The file is empty.");
  if (file.size <= fileBytesMax) return file;
  throw new Error(
    `The file has ${number(file.size)} bytes. An image may have ${number(4_194_304)} bytes (4 MiB).`,
  );
};

interface FileProps {
  readonly label: string;
  readonly hint: string;
  onChange(file: File | undefined): void;
}

const FileField = ({ label, hint, onChange }: FileProps) => {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="file"
        required
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.currentTarget.files?.[0])}
      />
      <p id={`${id}-hint`} class="hint">
        {hint}
      </p>
    </div>
  );
};
