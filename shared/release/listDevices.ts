import { keysetPage } from "../input/keysetPage.ts";
import type { Census, CensusDevice } from "./controller/census.ts";
import { type Conservation, countDevices } from "./model/conservation.ts";
import type { DeviceState } from "./model/deviceStatus.ts";

/** The filters of a list of devices of a release, and its page. */
export interface DeviceListQuery {
  readonly state?: DeviceState | undefined;
  /** The number of a wave, from 1 on. */
  readonly wave?: number | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
}

/** A page of the devices of a release, by id. Fails with `invalid_request` for a wrong cursor. */
export const listReleaseDevices = (
  { release, devices }: Census,
  { state, wave, limit, cursor }: DeviceListQuery,
): { items: CensusDevice[]; cursor?: string } => {
  const wanted = [...devices.values()].filter(
    (one) =>
      (state === undefined || one.status.state === state) &&
      (wave === undefined || one.enrolment.wave === wave - 1),
  );
  return keysetPage(wanted, {
    keyOf: ({ enrolment }) => [enrolment.device, enrolment.device],
    order: "asc",
    list: { release: release.id, state, wave },
    limit,
    cursor,
  });
};

/** The devices of a release by state, in total and for each wave. */
export const conservationOf = ({ release, status, devices }: Census): Conservation =>
  countDevices(
    [...devices].map(
      ([
        device,
        {
          enrolment,
          status: { state },
        },
      ]) => ({
        device,
        wave: enrolment.wave,
        state,
      }),
    ),
    { waves: release.waves.length, enrolled: status.enrolled?.targeted },
  );
