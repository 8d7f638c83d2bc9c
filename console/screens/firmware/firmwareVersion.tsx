import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { FirmwareBody } from "../../api/replies.ts";
import { request, requestWithTag } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Confirm } from "../../ui/confirm.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { Area, Field } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { number } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { toast } from "../../ui/toast.tsx";
import { Exposure } from "./exposure.tsx";
import { Signed } from "./firmware.tsx";
import { InProduct } from "./inProduct.tsx";

interface Shown {
  readonly firmware: FirmwareBody;
  readonly tag: string | undefined;
}

/** One firmware version: what it is, who runs it, and its end. */
export const FirmwareVersion = ({
  parameters: { version = "" },
}: {
  parameters: Readonly<Record<string, string>>;
}) => (
  <InProduct title="Firmware">
    <One version={version} />
  </InProduct>
);

const One = ({ version }: { version: string }) => {
  const path = fleetPath(`/firmware/${encodeURIComponent(version)}`);
  const show: ApiRequest = { method: "GET", path };
  const { data, error, reload } = useLoaded(path, async (signal): Promise<Shown> => {
    const { body, tag } = await requestWithTag<FirmwareBody>(show, signal);
    return { firmware: body, tag };
  });
  return (
    <Screen
      title={`Version ${version}`}
      up={{ url: urlOf("/firmware"), name: "Firmware" }}
      actions={<Curl action="Show this version" request={show} />}
    >
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && (
        <>
          <About firmware={data.firmware} />
          <Change key={data.tag} shown={data} reload={reload} />
          <Exposure version={data.firmware.version} />
        </>
      )}
    </Screen>
  );
};

const About = ({ firmware }: { firmware: FirmwareBody }) => {
  const { version, released_at: releasedAt, groups } = firmware;
  return (
    <Card
      title="Image"
      actions={
        <>
          <a class="button primary" href={urlOf(`/releases/new?version=${version}`)}>
            Release…
          </a>
          <Remove firmware={firmware} />
        </>
      }
    >
      <Facts
        facts={[
          ["Title", <Text key="title" value={firmware.title} />],
          ["Signature", <Signed key="signed" signed={firmware.signed} />],
          ["File", <Text key="file" value={firmware.name} max={100} />],
          ["Bytes", number(firmware.size)],
          ["SHA-256", <Text key="hash" value={firmware.sha256} />],
          ["Uploaded", <Ago key="uploaded" at={firmware.uploaded_on} />],
          ["Uploaded by", <Text key="by" value={firmware.uploaded_by.username} max={100} />],
          ["First released", <Ago key="released" at={releasedAt} />],
          ["Default of the product", firmware.product_default ? "yes" : "no"],
          [
            "Groups",
            <Text key="groups" value={groups.length === 0 ? "none" : groups.join(", ")} />,
          ],
          ["Devices that report it", number(firmware.device_count)],
        ]}
      />
    </Card>
  );
};

const Remove = ({ firmware: { version, released_at: releasedAt } }: { firmware: FirmwareBody }) => {
  if (releasedAt !== null) return null;
  const remove: ApiRequest = { method: "DELETE", path: fleetPath(`/firmware/${version}`) };
  return (
    <Confirm
      action="Delete"
      title={`Delete version ${version}?`}
      request={remove}
      run={async () => {
        await request(remove);
        toast(`Version ${version} is deleted.`);
        navigate(urlOf("/firmware"));
      }}
    >
      <p>
        The image is lost in all regions, unless another version has the same one. No device was
        offered this version. To get it back, upload it again.
      </p>
    </Confirm>
  );
};

const Change = ({
  shown: { firmware, tag },
  reload,
}: {
  shown: Shown;
  reload(): Promise<void>;
}) => {
  const [title, setTitle] = useState(firmware.title);
  const [description, setDescription] = useState(firmware.description);
  const [isMandatory, setMandatory] = useState(firmware.mandatory);
  const body = {
    ...(title !== firmware.title && { title }),
    ...(description !== firmware.description && { description }),
    ...(isMandatory !== firmware.mandatory && { mandatory: isMandatory }),
  };
  const change: ApiRequest = {
    method: "PUT",
    path: fleetPath(`/firmware/${firmware.version}`),
    body,
    headers: tag === undefined ? {} : { "If-Match": tag },
  };
  return (
    <Card title="Title and description">
      <Form
        submit="Save"
        actions={<Curl action="Change this version" request={change} />}
        onSubmit={async () => {
          if (Object.keys(body).length > 0) await request(change);
          await reload();
          toast("Saved.");
        }}
      >
        <Field label="Title" value={title} required maxLength={256} onInput={setTitle} />
        <Area label="Description" value={description} maxLength={4_096} onInput={setDescription} />
        <label class="check">
          <input
            type="checkbox"
            checked={isMandatory}
            onChange={(event) => setMandatory(event.currentTarget.checked)}
          />
          Mandatory
        </label>
      </Form>
    </Card>
  );
};
