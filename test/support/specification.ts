import { expect } from 'vitest';

interface Decider<Command, Event, State> {
  readonly decide: (command: Command, state: State) => Event[];
  readonly evolve: (state: State, event: Event) => State;
  readonly initialState: () => State;
}

/** Tests as sentences of events: `given([...]).when(command).then([...])`. */
export function specification<Command, Event, State>({
  decide,
  evolve,
  initialState,
}: Decider<Command, Event, State>) {
  return (events: readonly Event[]) => ({
    when: (command: Command) => {
      const before = events.reduce(evolve, initialState());
      const decided = decide(command, before);
      return {
        then: (expected: readonly Event[]) => {
          expect(decided).toEqual(expected);
        },
        thenTypes: (expected: readonly string[]) => {
          expect(decided.map((event) => (event as { type: string }).type)).toEqual(expected);
        },
        state: () => decided.reduce(evolve, before),
        events: decided,
      };
    },
  });
}
