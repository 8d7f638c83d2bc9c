import type { ApiRequest } from "../../api/apiRequest.ts";
import { fleetPath } from "../../api/fleet.ts";
import type { ListedReleaseBody } from "../../api/replies.ts";
import { request } from "../../api/request.ts";
import { useLoaded } from "../../live/useLoaded.ts";
import { query, urlOf } from "../../route/router.ts";
import { Curl } from "../../ui/curl.tsx";
import { Empty } from "../../ui/empty.tsx";
import { LoadState } from "../../ui/loadState.tsx";
import { Pager } from "../../ui/pager.tsx";
import { Screen } from "../../ui/screen.tsx";
import { Table } from "../../ui/table.tsx";
import { Text } from "../../ui/text.tsx";
import { Ago } from "../../ui/time.tsx";
import { InProduct } from "../firmware/inProduct.tsx";
import { kindText, lateText, ReleaseState, whomText } from "./releaseState.tsx";

const renewMs = 10_000;

/** The releases of a product, newest first. */
export const Releases = () => (
  <InProduct title="Releases">
    <List />
  </InProduct>
);

interface PageBody {
  readonly releases: readonly ListedReleaseBody[];
  readonly cursor?: string;
}

const List = () => {
  const cursor = query.value.get("cursor") ?? undefined;
  const path = fleetPath("/releases");
  const list: ApiRequest = { method: "GET", path, query: { limit: 50, cursor } };
  const { data, error, reload } = useLoaded(
    `${path} ${cursor ?? ""}`,
    (signal) => request<PageBody>(list, signal),
    { everyMs: renewMs },
  );
  return (
    <Screen
      title="Releases"
      actions={
        <>
          <Curl action="List releases" request={list} />
          <a class="button primary" href={urlOf("/releases/new")}>
            New release
          </a>
        </>
      }
    >
      <LoadState data={data} error={error} reload={reload} />
      {data?.releases.length === 0 && (
        <Empty title="There are no releases yet.">
          <p>
            A release brings one firmware version to devices, in waves. It halts by itself when
            devices get worse.
          </p>
        </Empty>
      )}
      {data !== undefined && data.releases.length > 0 && (
        <section class="card" aria-label="Releases">
          <ReleaseTable releases={data.releases} />
          <Pager hasBefore={cursor !== undefined} cursor={data.cursor} isNewestFirst />
        </section>
      )}
    </Screen>
  );
};

const ReleaseTable = ({ releases }: { releases: readonly ListedReleaseBody[] }) => (
  <Table
    label="Releases"
    rows={releases}
    keyOf={({ id }) => id}
    columns={[
      {
        title: "Release",
        cell: ({ id, version, kind }) => (
          <a href={urlOf(`/releases/${encodeURIComponent(id)}`)}>
            version {version}
            {kindText(kind) !== "" && ` (${kindText(kind)})`}
          </a>
        ),
      },
      { title: "State", cell: ({ state }) => <ReleaseState state={state} /> },
      {
        title: "To",
        cell: ({ kind, to }) => (
          <Text value={kind === "catch_up" ? lateText : whomText(to)} max={80} />
        ),
      },
      {
        title: "Open waves",
        isNumber: true,
        cell: ({ waves }) =>
          `${waves.filter(({ opened_at: at }) => at !== null).length} of ${waves.length}`,
      },
      { title: "Created", cell: ({ created_at: at }) => <Ago at={at} /> },
      { title: "By", cell: ({ created_by: by }) => <Text value={by} max={60} /> },
    ]}
  />
);
