import { randomUUID } from "node:crypto";
import { validationFailure } from "../../input/readInput.ts";
import { Failure } from "../../platform/failure.ts";
import { omitUndefined } from "../../platform/omitUndefined.ts";
import { worstStatus } from "../../status/componentStatus.ts";
import { type Incident, isOpen } from "../../status/incident.ts";
import { incidentIdOf } from "../../status/incidentId.ts";
import {
  type Affected,
  impact as impacts,
  incidentStatus,
  maintenanceStatus,
  type UpdateRecord,
} from "../../status/incidentRecord.ts";
import type { IncidentRecords } from "../../status/incidentRecords.ts";
import { combined, placeKey } from "../../status/places.ts";
import { type FoundIncident, findIncident } from "./findIncident.ts";
import type {
  IncidentInput,
  IncidentUpdateInput,
  MergeInput,
  PlaceInput,
  PostmortemInput,
} from "./incidentInput.ts";
import type { IncidentLog, LogEntry } from "./incidentLog.ts";

export interface ChangeDeps {
  readonly records: IncidentRecords;
  readonly log: Pick<IncidentLog, "add">;
  /** All regions of the deployment. */
  readonly regions: readonly string[];
  readonly now: () => number;
}

/** The operator who makes a change. */
export interface Operator {
  readonly by: string;
}

/**
 * Opens an incident or a general notice, or schedules a maintenance. Fails with `invalid_request`.
 */
export const openIncident = async (
  input: IncidentInput,
  { by }: Operator,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  const { name, body, status, impact, affected, scheduled_for, scheduled_until } = input;
  if (scheduled_for !== undefined || scheduled_until !== undefined) {
    return scheduleMaintenance(input, { by }, deps);
  }
  const places = incidentPlaces(affected);
  checkPlaces(places, deps);
  const opening = {
    name,
    body,
    status: status ?? ("investigating" as const),
    affected: places,
    opens: { type: "incident" as const },
  };
  return open({ ...opening, ...omitUndefined({ impact }) }, { by, action: "open" }, deps);
};

const scheduleMaintenance = async (
  { name, body, status, impact, affected, ...times }: IncidentInput,
  { by }: Operator,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  const { scheduled_for: scheduledFor, scheduled_until: scheduledUntil } = times;
  if (scheduledFor === undefined || scheduledUntil === undefined) {
    throw validationFailure([
      "scheduled_for: a maintenance needs scheduled_for and scheduled_until",
    ]);
  }
  if (status !== undefined || impact !== undefined) {
    throw validationFailure([
      "status: a maintenance begins and ends by itself: leave out status and impact",
    ]);
  }
  if (affected.length === 0) throw validationFailure(["affected: name the components"]);
  checkSchedule({ scheduledFor, scheduledUntil }, deps.now());
  const places = maintainedPlaces(affected);
  checkPlaces(places, deps);
  const opens = { type: "maintenance" as const, scheduledFor, scheduledUntil };
  const opening = { name, body, status: "scheduled" as const, affected: places, opens };
  return open(opening, { by, action: "maintenance" }, deps);
};

const incidentPlaces = (places: readonly PlaceInput[]): Affected[] =>
  places.map(({ component, region, status }) => {
    if (status === undefined || status === "under_maintenance") {
      throw validationFailure([
        "affected: each component needs a status: operational, degraded_performance, partial_outage or major_outage",
      ]);
    }
    return { component, region, status };
  });

const maintainedPlaces = (places: readonly PlaceInput[]): Affected[] =>
  places.map(({ component, region, status = "under_maintenance" }) => {
    if (status !== "under_maintenance") {
      throw validationFailure(["affected: a component of a maintenance has no other status"]);
    }
    return { component, region, status };
  });

const open = async (
  opening: Omit<UpdateRecord, "kind" | "incident" | "id" | "at">,
  { by, action }: Operator & Pick<LogEntry, "action">,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  const at = deps.now();
  const incident = incidentIdOf(at, randomUUID());
  await write(
    { kind: "update", incident, id: newUpdateId(incident, at), at, ...opening },
    { by, action },
    deps,
  );
  return findIncident(incident, deps);
};

const newUpdateId = (incident: string, at: number): string =>
  incidentIdOf(at, `${incident} ${randomUUID()}`);

/** The log first: every stored change has an entry. */
const write = async (
  update: UpdateRecord,
  { by, action }: Operator & Pick<LogEntry, "action">,
  { records, log }: ChangeDeps,
): Promise<void> => {
  const { at, incident, id } = update;
  await log.add({ at, by, action, incident, update: id });
  await records.put(update);
};

/**
 * Adds an update to an incident or a maintenance: words, a status, a name, components, an impact,
 * or the times of a maintenance. A person never states less than the alarms: fails with `refused`
 * for a better status of a component whose alarm fires, for a lower impact, and for the end of an
 * incident whose alarm fires. A second end is refused, too. Fails with `conflict` if `version` is
 * not the current version, with `not_found` and with `invalid_request`.
 */
export const updateIncident = async (
  input: IncidentUpdateInput,
  { by }: Operator,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  const found = await findIncident(input.incident, deps);
  checkVersion(found, input.version);
  const { incident } = found;
  const status = input.status ?? statusAfter(incident);
  checkStatus(incident, status);
  checkEnd(incident, input.status);
  const affected = input.affected && affectedFor(incident, input.affected);
  if (affected !== undefined) checkPlaces(affected, deps);
  checkAlarms(found, { ...input, status, affected });
  const at = deps.now();
  const opens = movedTo(incident, input, at);
  const record: UpdateRecord = {
    kind: "update",
    incident: incident.id,
    id: newUpdateId(incident.id, at),
    at,
    status,
    body: input.body,
    ...omitUndefined({ name: input.name, impact: input.impact, affected, opens }),
  };
  await write(record, { by, action: isOpen({ status }) ? "update" : "resolve" }, deps);
  return findIncident(incident.id, deps);
};

/** A postmortem is no status for further updates of a resolved incident. */
const statusAfter = ({ status }: Incident): UpdateRecord["status"] =>
  status === "postmortem" ? "resolved" : status;

const affectedFor = ({ type }: Incident, places: readonly PlaceInput[]): Affected[] =>
  type === "incident" ? incidentPlaces(places) : maintainedPlaces(places);

const checkVersion = ({ version }: FoundIncident, wanted: string | undefined): void => {
  if (wanted === undefined || wanted === version) return;
  throw new Failure(`The incident was changed: its version is ${version}. Read it again`, {
    code: "conflict",
  });
};

const checkPlaces = (
  places: readonly Affected[],
  { regions }: Pick<ChangeDeps, "regions">,
): void => {
  const unknown = places.find(({ region }) => !regions.includes(region));
  if (unknown !== undefined) {
    throw validationFailure([
      `affected: ${unknown.region} is not a region of this deployment: ${regions.join(", ")}`,
    ]);
  }
  if (new Set(places.map(placeKey)).size < places.length) {
    throw validationFailure(["affected: names a component of a region twice"]);
  }
};

const checkStatus = ({ type }: Incident, status: string): void => {
  const known: readonly string[] =
    type === "incident" ? incidentStatus.options : maintenanceStatus.options;
  if (status === "postmortem") {
    throw validationFailure(["status: a postmortem has a request of its own"]);
  }
  if (!known.includes(status)) {
    throw validationFailure([
      `status: ${type === "incident" ? "an incident" : "a maintenance"} has ${known.join(", ")}`,
    ]);
  }
};

/** A second end would be a second message to every subscriber. */
const checkEnd = (incident: Incident, wanted: Incident["status"] | undefined): void => {
  if (wanted === undefined || isOpen(incident) || isOpen({ ...incident, status: wanted })) return;
  const ended = incident.type === "incident" ? "resolved" : "completed";
  throw new Failure(
    `It is ${ended} already. To add words, send an update without a status; to open it again, send another status`,
    { code: "refused" },
  );
};

interface Stated {
  readonly status: UpdateRecord["status"];
  readonly impact?: Incident["impact"] | undefined;
  readonly affected?: readonly Affected[] | undefined;
}

/** Refuses a statement that is better than that of the firing alarms. */
const checkAlarms = (found: FoundIncident, { status, impact, affected = [] }: Stated): void => {
  const { incident } = found;
  const byAlarms = affectedByAlarms(found);
  if (byAlarms.length === 0) return;
  const named = incident.alarms
    .map(({ name }) => name)
    .slice(0, 3)
    .join(", ");
  if (!isOpen({ status }) && incident.type === "incident") {
    throw new Failure(`An alarm of the incident fires (${named}): it cannot be resolved`, {
      code: "refused",
    });
  }
  for (const place of affected) {
    const alarm = byAlarms.find((one) => placeKey(one) === placeKey(place));
    if (alarm === undefined || worstStatus([alarm.status, place.status]) === place.status) continue;
    throw new Failure(
      `${place.component} in ${place.region} has the status ${alarm.status} by a firing alarm (${named})`,
      { code: "refused" },
    );
  }
  if (impact !== undefined && levelOf(impact) < levelOf(incident.impact)) {
    throw new Failure(
      `The impact can only be raised while an alarm fires (${named}); it is ${incident.impact}`,
      { code: "refused" },
    );
  }
};

const levelOf = (impact: Incident["impact"]): number => impacts.options.indexOf(impact);

/** The components whose alarms fire now. */
const affectedByAlarms = ({ records }: FoundIncident): Affected[] =>
  combined(
    records.flatMap((record) =>
      record.kind === "alarms" ? [record.changes.at(-1)?.affected ?? []] : [],
    ),
  ).filter(({ status }) => status !== "operational");

/** The new times of a maintenance that has not begun. */
const movedTo = (
  { type, status, scheduledFor, scheduledUntil }: Incident,
  input: IncidentUpdateInput,
  now: number,
): UpdateRecord["opens"] => {
  const { scheduled_for, scheduled_until } = input;
  if (scheduled_for === undefined && scheduled_until === undefined) return undefined;
  if (type !== "maintenance") throw validationFailure(["scheduled_for: is for a maintenance"]);
  if (status === "completed") throw validationFailure(["scheduled_for: the maintenance is over"]);
  const times = {
    scheduledFor: scheduled_for ?? scheduledFor ?? now,
    scheduledUntil: scheduled_until ?? scheduledUntil ?? now,
  };
  checkSchedule(times, now);
  return { type: "maintenance", ...times };
};

const checkSchedule = (
  { scheduledFor, scheduledUntil }: { scheduledFor: number; scheduledUntil: number },
  now: number,
): void => {
  if (scheduledUntil <= scheduledFor) {
    throw validationFailure(["scheduled_until: must be later than scheduled_for"]);
  }
  if (scheduledUntil <= now) throw validationFailure(["scheduled_until: must be in the future"]);
};

/**
 * Merges an incident into another one, which continues it: its alarms and components count there.
 * Fails with `not_found`, `conflict` and `invalid_request`.
 */
export const mergeIncident = async (
  { incident: id, merged_into: into, version }: MergeInput,
  { by }: Operator,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  if (id === into) throw validationFailure(["merged_into: must be another incident"]);
  const [from, target] = await Promise.all([findIncident(id, deps), findIncident(into, deps)]);
  checkVersion(from, version);
  if (from.incident.type !== "incident" || target.incident.type !== "incident") {
    throw validationFailure(["merged_into: a maintenance cannot be merged"]);
  }
  if (!isOpen(target.incident) && isOpen(from.incident)) {
    throw validationFailure([`merged_into: the incident ${into} has ended`]);
  }
  const at = deps.now();
  const record: UpdateRecord = {
    kind: "update",
    incident: id,
    id: newUpdateId(id, at),
    at,
    status: statusAfter(from.incident),
    body: `This incident continues as ${target.incident.name}.`,
    mergedInto: into,
  };
  await write(record, { by, action: "merge" }, deps);
  return findIncident(into, deps);
};

/**
 * Attaches a postmortem to an incident that is resolved; a later one replaces it. Fails with
 * `refused` for an open incident or a maintenance, with `not_found` and with `conflict`.
 */
export const writePostmortem = async (
  { incident: id, postmortem: body, version }: PostmortemInput,
  { by }: Operator,
  deps: ChangeDeps,
): Promise<FoundIncident> => {
  const found = await findIncident(id, deps);
  checkVersion(found, version);
  if (found.incident.type !== "incident" || isOpen(found.incident)) {
    throw new Failure("A postmortem needs an incident that is resolved", { code: "refused" });
  }
  const at = deps.now();
  await deps.log.add({ at, by, action: "postmortem", incident: id });
  await deps.records.put({ kind: "postmortem", incident: id, at, body });
  return findIncident(id, deps);
};
