import { urlInFleet } from "../../route/router.ts";

const incidents = "/operations/incidents";

/** The screen of an incident, or of a new one. */
export const incidentUrl = (id: string): string =>
  urlInFleet(`${incidents}/${encodeURIComponent(id)}`, undefined);

/** The list of incidents, as the screen above another one. */
export const incidentsUp = () => ({ url: urlInFleet(incidents, undefined), name: "Incidents" });

/** The state of the deployment, as the screen above another one. */
export const operationsUp = () => ({
  url: urlInFleet("/operations", undefined),
  name: "Operations",
});
