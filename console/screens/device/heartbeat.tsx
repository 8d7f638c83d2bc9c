import { devicePath } from "../../api/fleet.ts";
import type { HeartbeatBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { Card } from "../../ui/card.tsx";
import { Curl } from "../../ui/curl.tsx";
import { Facts } from "../../ui/facts.tsx";
import { duration } from "../../ui/format.ts";
import { Problem } from "../../ui/problem.tsx";
import { Status } from "../../ui/status.tsx";
import { Ago } from "../../ui/time.tsx";

const renewMs = 60_000;

/** How often the device is expected to be heard, and whether it is silent. */
export const DeviceHeartbeat = ({ device }: { device: string }) => {
  const show = { method: "GET", path: devicePath(device, "/presence/heartbeat") } as const;
  const { data, error, reload } = useLoaded(
    device,
    (signal) => request<HeartbeatBody>(show, signal),
    { everyMs: renewMs },
  );
  return (
    <Card title="Heartbeat" actions={<Curl action="Show the heartbeat profile" request={show} />}>
      {error !== undefined && <Problem error={error} onRetry={reload} />}
      {data !== undefined && data.last_heard === null && (
        <p class="muted">
          Nothing is recorded in the region {data.region} yet. It follows about a minute after the
          device was heard.
        </p>
      )}
      {data !== undefined && data.last_heard !== null && <Profile profile={data} />}
    </Card>
  );
};

const Profile = ({ profile }: { profile: HeartbeatBody }) => {
  const { silent_since: silentSince, expected_by: expectedBy } = profile;
  const seconds = (value: number | null, none: string): string =>
    value === null || value === 0 ? none : duration(value);
  return (
    <Facts
      facts={[
        [
          "State",
          silentSince === null ? (
            <Status kind={expectedBy === null ? "off" : "good"}>
              {expectedBy === null ? "learning" : "as expected"}
            </Status>
          ) : (
            <>
              <Status kind="bad">silent</Status> since <Ago at={silentSince} />
            </>
          ),
        ],
        ["Last heard", <Ago key="last" at={profile.last_heard} />],
        ["Checked after a silence of", seconds(profile.expected_seconds, "not known yet")],
        ["Longest pause", seconds(profile.longest_pause_seconds, "none yet")],
        ["Announced interval", seconds(profile.wake_seconds, "none")],
        ["Region", profile.region],
      ]}
    />
  );
};
