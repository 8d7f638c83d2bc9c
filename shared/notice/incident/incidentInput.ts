import * as z from "zod/mini";
import { component } from "../../alarm/component.ts";
import { time } from "../../input/time.ts";
import { incidentId } from "../../status/incidentId.ts";
import { impact, incidentStatus, maintenanceStatus } from "../../status/incidentRecord.ts";
import {
  affectedMax,
  incidentNameLengthMax,
  postmortemLengthMax,
  updateLengthMax,
} from "../../status/limits.ts";
import { regionName } from "../subscription/subscription.ts";

const name = z
  .string()
  .check(
    z.trim(),
    z.minLength(1),
    z.maxLength(incidentNameLengthMax),
    z.regex(/^\P{Cc}*$/u, "must be one line without control characters"),
  );
/** Lines of text. A mail with other control characters is rejected by mail servers. */
const text = (charsMax: number) =>
  z
    .string()
    .check(
      z.trim(),
      z.minLength(1),
      z.maxLength(charsMax),
      z.regex(
        /^[\t\n\r\P{Cc}]*$/u,
        "must be without control characters, except tabs and line ends",
      ),
    );
const body = text(updateLengthMax);
/** The version that the change is based on: it is refused if there is a newer one. */
const version = z.optional(z.string().check(z.regex(/^[0-9a-f]{16}$/, "must be a version")));

/** A component in a region, and its status in the view of a person: required of an incident. */
const place = z.object({
  component,
  region: regionName,
  status: z.optional(
    z.enum([
      "operational",
      "degraded_performance",
      "partial_outage",
      "major_outage",
      "under_maintenance",
    ]),
  ),
});

export type PlaceInput = z.output<typeof place>;

const places = z.array(place).check(z.maxLength(affectedMax));

/**
 * A new incident; without components, a general notice; with times, a scheduled maintenance, which
 * begins and ends by itself.
 */
export const incidentInput = z.object({
  name,
  body,
  status: z.optional(z.enum(["investigating", "identified", "monitoring"])),
  impact: z.optional(impact),
  affected: z._default(places, []),
  scheduled_for: z.optional(time),
  scheduled_until: z.optional(time),
});

export type IncidentInput = z.output<typeof incidentInput>;

/** The incident or maintenance of a path. */
export const oneIncident = z.object({ incident: incidentId });

/** An update of an incident or a maintenance. Without a status, it keeps its status. */
export const incidentUpdateInput = z.object({
  ...oneIncident.shape,
  body,
  status: z.optional(z.union([incidentStatus, maintenanceStatus])),
  name: z.optional(name),
  impact: z.optional(impact),
  affected: z.optional(places),
  scheduled_for: z.optional(time),
  scheduled_until: z.optional(time),
  version,
});

export type IncidentUpdateInput = z.output<typeof incidentUpdateInput>;

/** The incident that continues the incident of the path. */
export const mergeInput = z.object({ ...oneIncident.shape, merged_into: incidentId, version });

export type MergeInput = z.output<typeof mergeInput>;

/** The report after an incident: Markdown. */
export const postmortemInput = z.object({
  ...oneIncident.shape,
  postmortem: text(postmortemLengthMax),
  version,
});

export type PostmortemInput = z.output<typeof postmortemInput>;
