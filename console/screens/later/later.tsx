import type { ComponentProps, ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Screen } from "../../ui/screen.tsx";

const load = () => import("./parts.ts");

type Parts = Awaited<ReturnType<typeof load>>;

/** The parts, once they are loaded. */
let loaded: Parts | undefined;

const useParts = (): { readonly parts: Parts | undefined; readonly hasFailed: boolean } => {
  const [parts, setParts] = useState(loaded);
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    if (loaded !== undefined) return;
    load().then(
      (found) => {
        loaded = found;
        setParts(found);
      },
      () => setFailed(true),
    );
  }, []);
  return { parts, hasFailed };
};

const Missing = ({ hasFailed }: { hasFailed: boolean }) =>
  hasFailed ? (
    <div class="problem" role="alert">
      <p>
        <strong>This part of the console could not be loaded.</strong>
      </p>
      <p>Check the network. The cloud may also have a new version: load the page again.</p>
      <button type="button" class="button" onClick={() => window.location.reload()}>
        Load again
      </button>
    </div>
  ) : (
    <p class="muted">Loading…</p>
  );

type ScreenName = Exclude<keyof Parts, "DeviceFirmware">;

/** A screen whose code is not in the first load, and its title until it is loaded. */
export const laterScreen = (
  name: ScreenName,
  title = "Firmware",
): ComponentType<{ readonly parameters: Readonly<Record<string, string>> }> =>
  function LaterScreen({ parameters }) {
    const { parts, hasFailed } = useParts();
    if (parts === undefined) {
      return (
        <Screen title={title}>
          <Missing hasFailed={hasFailed} />
        </Screen>
      );
    }
    const Shown = parts[name];
    return <Shown parameters={parameters} />;
  };

/** The firmware, the groups and the vitals of a device. */
export const LaterDeviceFirmware = (props: ComponentProps<Parts["DeviceFirmware"]>) => {
  const { parts, hasFailed } = useParts();
  return parts === undefined ? (
    <Missing hasFailed={hasFailed} />
  ) : (
    <parts.DeviceFirmware {...props} />
  );
};
