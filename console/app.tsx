import { useEffect, useState } from "preact/hooks";
import { session } from "./api/credentials.ts";
import { type Start, startSession } from "./api/session.ts";
import { CurrentScreen } from "./screens/screens.tsx";
import { SignIn } from "./screens/signIn.tsx";
import { Shell } from "./shell.tsx";
import { Toasts } from "./ui/toast.tsx";

/** The console: the form to sign in, or the screen of the URL. */
export const App = () => {
  const [start, setStart] = useState<Start>();
  useEffect(() => {
    void startSession().then(setStart);
  }, []);
  const { state } = session.value;
  return (
    <>
      {state === "loading" && <p class="signin">Loading…</p>}
      {state === "signed-out" && <SignIn problem={start?.problem} />}
      {state === "signed-in" && (
        <Shell>
          <CurrentScreen />
        </Shell>
      )}
      <Toasts />
    </>
  );
};
