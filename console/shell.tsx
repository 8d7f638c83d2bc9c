import type { ComponentChildren } from "preact";
import { type Session, session } from "./api/credentials.ts";
import { signOut, signOutEverywhere } from "./api/session.ts";
import { FleetChoice } from "./fleetChoice.tsx";
import { product, screenPath, urlInFleet, urlOf } from "./route/router.ts";
import { AsOf } from "./ui/asOf.tsx";
import { Button } from "./ui/button.tsx";
import { Confirm } from "./ui/confirm.tsx";
import { Text } from "./ui/text.tsx";

const fleetPlaces = [
  ["/", "Overview"],
  ["/devices", "Devices"],
  ["/events", "Events"],
  ["/integrations", "Integrations"],
  ["/usage", "Usage"],
  ["/activity", "Activity"],
  ["/clients", "OAuth clients"],
] as const;

const userPlaces = [
  ["/products", "Products"],
  ["/tokens", "Tokens"],
  ["/account", "Account"],
] as const;

/** Only a product has them. */
const productPlaces = [
  ["/firmware", "Firmware"],
  ["/releases", "Releases"],
  ["/groups", "Groups"],
  ["/team", "Team"],
  ["/settings", "Settings"],
] as const;

/** Only operators may see it. */
const operations = ["/operations", "Operations"] as const;

const placesOf = (now: Session) => [
  ...fleetPlaces,
  ...(product.value === undefined ? [] : productPlaces),
  ...userPlaces,
  ...(now.state === "signed-in" && now.isOperator ? [operations] : []),
];

const isOfFleet = (path: string): boolean =>
  path !== operations[0] && !userPlaces.some(([each]) => each === path);

const isHere = (path: string, here: string): boolean =>
  path === "/" ? here === "/" : here === path || here.startsWith(`${path}/`);

// Not a link: its address would be relative to the base of the page.
const skip = (): void => document.getElementById("main")?.focus();

/** What surrounds every screen: the ways to the other screens, and the session. */
export const Shell = ({ children }: { children: ComponentChildren }) => (
  <div class="shell">
    <button type="button" class="skip" onClick={skip}>
      Skip to the content
    </button>
    <header class="side">
      <a class="brand" href={urlOf("/")}>
        Godwit
      </a>
      <FleetChoice />
      <nav aria-label="Screens">
        <ul>
          {placesOf(session.value).map(([path, name]) => (
            <li key={path}>
              <a
                href={isOfFleet(path) ? urlOf(path) : urlInFleet(path, undefined)}
                aria-current={isHere(path, screenPath.value) ? "page" : undefined}
              >
                {name}
              </a>
            </li>
          ))}
          <li>
            <a href={urlInFleet("/reference", undefined)} rel="external">
              API reference
            </a>
          </li>
        </ul>
      </nav>
      <Who />
    </header>
    <main id="main" tabIndex={-1}>
      <AsOf />
      {children}
    </main>
  </div>
);

const Who = () => {
  const now = session.value;
  if (now.state !== "signed-in") return null;
  return (
    <div class="who">
      <Text value={now.username} />
      <div class="actions">
        <Button kind="quiet" onClick={signOut}>
          Sign out
        </Button>
        <Confirm
          action="Sign out everywhere"
          title="Sign out everywhere?"
          opener="quiet"
          request={{ method: "DELETE", path: "/v1/sessions" }}
          run={signOutEverywhere}
        >
          <p>
            All browsers are signed out, including this one, and all your access tokens are revoked:
            programs that use one stop working until they get another.
          </p>
        </Confirm>
      </div>
    </div>
  );
};
