import { useState } from "preact/hooks";
import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ReleaseBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { urlOf } from "../../route/router.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { number, plural } from "../../ui/format.ts";
import { LoadState } from "../../ui/loadState.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { Download } from "../firmware/download.tsx";
import { InProduct } from "../firmware/inProduct.tsx";
import { Conservation } from "./conservation.tsx";
import { Decisions } from "./decisions.tsx";
import { ReleaseDevices } from "./releaseDevices.tsx";
import { isUnfinished, lateText, ReleaseState, whomText } from "./releaseState.tsx";

const renewMs = 3_000;
const renewEndedMs = 30_000;

/** One release, live: its state, its devices, and what a person decides about it. */
export const Release = ({
  parameters: { release = "" },
}: {
  parameters: Readonly<Record<string, string>>;
}) => (
  <InProduct title="Release">
    <One id={release} />
  </InProduct>
);

const One = ({ id }: { id: string }) => {
  const path = fleetPath(`/releases/${encodeURIComponent(id)}`);
  const show: ApiRequest = { method: "GET", path };
  const [everyMs, setEveryMs] = useState(renewMs);
  const { data, error, reload } = useLoaded(
    path,
    async (signal) => {
      const { release } = await request<{ release: ReleaseBody }>(show, signal);
      setEveryMs(isUnfinished(release.state) ? renewMs : renewEndedMs);
      return release;
    },
    { everyMs },
  );
  const table: ApiRequest = { method: "GET", path: `${path}/export` };
  return (
    <Screen
      title={data === undefined ? "Release" : `Release of version ${data.version}`}
      up={{ url: urlOf("/releases"), name: "Releases" }}
      actions={
        <>
          <Curl action="Show this release" request={show} />
          <Download of={{ ...table, query: { format: "csv" } }} name={`release-${id}.csv`}>
            CSV
          </Download>
          <Download of={table} name={`release-${id}.json`}>
            JSON
          </Download>
        </>
      }
    >
      {data === undefined ? (
        <LoadState data={data} error={error} reload={reload} />
      ) : (
        <>
          {error !== undefined && <LoadState data={data} error={error} reload={reload} />}
          <State release={data} path={path} reload={reload} />
          <Conservation release={data} />
          <ReleaseDevices path={path} waves={data.waves.length} everyMs={everyMs} />
        </>
      )}
    </Screen>
  );
};

interface StateProps {
  readonly release: ReleaseBody;
  readonly path: string;
  reload(): Promise<void>;
}

const rollbackTexts: Readonly<Record<ReleaseBody["rollback"], string>> = {
  none: "nothing by itself",
  slot: "devices boot their other slot",
  version: "the former version is released again",
};

const State = ({ release, path, reload }: StateProps) => (
  <Card title="State" actions={<Decisions release={release} path={path} reload={reload} />}>
    <div aria-live="polite">
      <Halts release={release} />
    </div>
    <Facts
      facts={[
        ["State", <ReleaseState key="state" state={release.state} />],
        [
          "Firmware",
          <a key="version" href={urlOf(`/firmware/${release.version}`)}>
            version {release.version}
          </a>,
        ],
        [
          "To",
          <Text key="to" value={release.kind === "catch_up" ? lateText : whomText(release.to)} />,
        ],
        ["Pace", `${plural(release.under_way, "device")} offered the version and not assessed yet`],
        [
          "Halts",
          `at ${number(release.failures.count)} failures and ${release.failures.percent} %`,
        ],
        [
          "After a halt",
          `${rollbackTexts[release.rollback]}${release.rollback_version === null ? "" : ` (version ${release.rollback_version})`}`,
        ],
        [
          "Local time",
          release.window === null ? "any" : `${release.window.from} to ${release.window.to}`,
        ],
        ["Created", <Ago key="created" at={release.created_at} />],
        ["By", <Text key="by" value={release.created_by} max={100} />],
        ...(release.forced ? [["Forced", "devices can neither refuse nor defer"] as const] : []),
        ...(release.missing > 0
          ? [["Devices whose rows were lost", number(release.missing)] as const]
          : []),
      ]}
    />
  </Card>
);

const Halts = ({ release: { halts, paused, rolled_back: back } }: { release: ReleaseBody }) => (
  <>
    {halts.map(({ id, at, by, reason }) => (
      <div class="problem" key={id}>
        <p>
          <strong>
            Halted <Ago at={at} /> by <Text value={by} max={80} />
          </strong>
        </p>
        <p>
          <Text value={reason ?? "no reason given"} max={500} />
        </p>
      </div>
    ))}
    {paused !== null && (
      <p>
        <strong>Offers pause:</strong> <Text value={paused} max={300} />
      </p>
    )}
    {back !== null && (
      <p>
        <strong>
          Rolled back <Ago at={back.at} /> by <Text value={back.by} max={80} />:
        </strong>{" "}
        <Text value={back.reason ?? "no reason given"} max={500} />
        {back.release !== null && (
          <>
            {" "}
            <a href={urlOf(`/releases/${encodeURIComponent(back.release)}`)}>
              Release of the former version
            </a>
          </>
        )}
      </p>
    )}
  </>
);
