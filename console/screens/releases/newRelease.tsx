import { useState } from "preact/hooks";
import { visible } from "#shared/platform/visibleText.ts";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { FirmwareBody, ListedReleaseBody, ReleasePlanBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { navigate, query, urlOf } from "../../route/router.ts";
import { Button } from "../../ui/button.tsx";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Area, Select } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { plural } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { toast } from "../../ui/toast.tsx";
import { InProduct } from "../firmware/inProduct.tsx";
import { bodyOf, emptyDraft, type ReleaseDraft } from "./draft.ts";
import { Plan } from "./plan.tsx";
import { Safety } from "./safety.tsx";
import { Waves } from "./waves.tsx";

/** Plans a release, and makes it after its plan was shown. */
export const NewRelease = () => (
  <InProduct title="New release">
    <Loaded />
  </InProduct>
);

const Loaded = () => {
  const list: ApiRequest = { method: "GET", path: fleetPath("/firmware") };
  const { data, error, reload } = useLoaded(list.path, (signal) =>
    request<readonly FirmwareBody[]>(list, signal),
  );
  const [newest] = data ?? [];
  return (
    <Screen title="New release" up={{ url: urlOf("/releases"), name: "Releases" }}>
      <LoadState data={data} error={error} reload={reload} />
      {data !== undefined && newest === undefined && (
        <p>
          The product has no firmware version. <a href={urlOf("/firmware")}>Upload one first.</a>
        </p>
      )}
      {data !== undefined && newest !== undefined && (
        <Draft versions={data} first={query.value.get("version") ?? String(newest.version)} />
      )}
    </Screen>
  );
};

interface Planned {
  /** The body that was planned. */
  readonly of: string;
  readonly plan: ReleasePlanBody;
}

const receivers = [
  ["all", "all devices of the product"],
  ["groups", "groups"],
  ["devices", "named devices"],
] as const;

const Draft = ({ versions, first }: { versions: readonly FirmwareBody[]; first: string }) => {
  const [draft, setDraft] = useState<ReleaseDraft>({ ...emptyDraft, version: first });
  const [planned, setPlanned] = useState<Planned>();
  const set = (change: Partial<ReleaseDraft>): void => setDraft((now) => ({ ...now, ...change }));
  const body = bodyOf(draft);
  const plan: ApiRequest = { method: "POST", path: fleetPath("/releases/plan"), body };
  const current = planned?.of === JSON.stringify(body) ? planned.plan : undefined;
  return (
    <>
      <Form
        submit="Show the plan"
        actions={<Curl action="Plan this release" request={plan} />}
        onSubmit={async () => {
          const of = JSON.stringify(body);
          setPlanned({ of, plan: await request<ReleasePlanBody>(plan) });
        }}
      >
        <Card title="What, and to whom">
          <div class="stack">
            <Select
              label="Version"
              value={draft.version}
              options={versions.map(({ version, title, signed }) => [
                String(version),
                `${version}: ${visible(title).slice(0, 60)}${signed ? "" : " (unsigned)"}`,
              ])}
              onChange={(version) => set({ version })}
            />
            <Select
              label="To"
              value={draft.to}
              options={receivers}
              onChange={(value) =>
                set({ to: receivers.find(([to]) => to === value)?.[0] ?? "all" })
              }
            />
            {draft.to !== "all" && (
              <Area
                label={draft.to === "groups" ? "Names of groups" : "Ids of devices"}
                value={draft.names}
                required
                rows={2}
                isCode
                hint="Separated by spaces, commas or lines."
                onInput={(names) => set({ names })}
              />
            )}
          </div>
        </Card>
        <Waves waves={draft.waves} onChange={(waves) => set({ waves })} />
        <Safety draft={draft} set={set} />
      </Form>
      {planned !== undefined && current === undefined && (
        <p role="status">The release has changed since its plan. Show the plan again.</p>
      )}
      {current !== undefined && (
        <>
          <Plan plan={current} />
          <Make plan={current} body={body} />
        </>
      )}
    </>
  );
};

const Make = ({ plan, body }: { plan: ReleasePlanBody; body: unknown }) => {
  const create: ApiRequest = { method: "POST", path: fleetPath("/releases"), body };
  return (
    <div class="actions end">
      <Curl action="Make this release" request={create} />
      <Button
        kind="primary"
        disabled={plan.conflicts.length > 0 || plan.targeted === 0}
        onClick={async () => {
          const { release } = await request<{ release: ListedReleaseBody }>(create);
          toast("The release has started. It can be stopped at any time.");
          navigate(urlOf(`/releases/${release.id}`));
        }}
      >
        Release to {plural(plan.targeted, "device")}
      </Button>
    </div>
  );
};
