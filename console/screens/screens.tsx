import type { ComponentType } from "preact";
import { match, product, screenPath, urlOf } from "../route/router.ts";
import { Empty } from "../ui/empty.tsx";
import { Screen } from "../ui/screen.tsx";
import { Account } from "./account/account.tsx";
import { Activity } from "./activity/activity.tsx";
import { Archive } from "./archive/archive.tsx";
import { Clients } from "./clients/clients.tsx";
import { DeadLetters } from "./deadLetters/deadLetters.tsx";
import { OneDeadLetter } from "./deadLetters/oneDeadLetter.tsx";
import { Device } from "./device/device.tsx";
import { Devices } from "./devices/devices.tsx";
import { Provision } from "./devices/provision.tsx";
import { Events } from "./events/events.tsx";
import { Incident } from "./incidents/incident.tsx";
import { Incidents } from "./incidents/incidents.tsx";
import { NewIncident } from "./incidents/newIncident.tsx";
import { Integration } from "./integration/integration.tsx";
import { OneAttempt } from "./integration/oneAttempt.tsx";
import { CreateIntegration } from "./integrationForm/createIntegration.tsx";
import { EditIntegration } from "./integrationForm/editIntegration.tsx";
import { Integrations } from "./integrations/integrations.tsx";
import { laterScreen } from "./later/later.tsx";
import { Operations } from "./operations/operations.tsx";
import { Overview } from "./overview/overview.tsx";
import { PageList } from "./pages/pages.tsx";
import { ProductSettings } from "./product/productSettings.tsx";
import { Products } from "./products/products.tsx";
import { Team } from "./team/team.tsx";
import { Tokens } from "./tokens/tokens.tsx";

type Parameters = Readonly<Record<string, string>>;
type ScreenComponent = ComponentType<{ readonly parameters: Parameters }>;

/**
 * Every screen, the first match first. Those of firmware are loaded when the first of them opens;
 * all others are in the first load, because each further file is a request to a function.
 */
const screens: readonly (readonly [string, ScreenComponent])[] = [
  ["/", Overview],
  ["/devices", Devices],
  ["/devices/new", Provision],
  ["/devices/:device", Device],
  ["/events", Events],
  ["/events/archive", Archive],
  ["/usage", laterScreen("Usage", "Usage")],
  ["/activity", Activity],
  ["/firmware", laterScreen("Firmware")],
  ["/firmware/:version", laterScreen("FirmwareVersion")],
  ["/groups", laterScreen("Groups")],
  ["/groups/:group", laterScreen("Group")],
  ["/releases", laterScreen("Releases")],
  ["/releases/new", laterScreen("NewRelease")],
  ["/releases/:release", laterScreen("Release")],
  ["/team", Team],
  ["/settings", ProductSettings],
  ["/products", Products],
  ["/tokens", Tokens],
  ["/clients", Clients],
  ["/account", Account],
  ["/operations", Operations],
  ["/operations/incidents", Incidents],
  ["/operations/incidents/new", NewIncident],
  ["/operations/incidents/:incident", Incident],
  ["/operations/pages", PageList],
  ["/integrations", Integrations],
  ["/integrations/new", CreateIntegration],
  ["/integrations/:integration", Integration],
  ["/integrations/:integration/edit", EditIntegration],
  ["/integrations/:integration/attempts/:attempt", OneAttempt],
  ["/integrations/:integration/dead-letters", DeadLetters],
  ["/integrations/:integration/dead-letters/:letter", OneDeadLetter],
];

/** The screen of the URL. */
export const CurrentScreen = () => {
  const path = screenPath.value;
  for (const [pattern, Shown] of screens) {
    const parameters = match(pattern, path);
    // Another device is another screen, with a state of its own.
    if (parameters) return <Shown key={`${product.value ?? ""} ${path}`} parameters={parameters} />;
  }
  return (
    <Screen title="No such screen">
      <Empty title="This address has no screen.">
        <a href={urlOf("/")}>Go to the overview</a>
      </Empty>
    </Screen>
  );
};
