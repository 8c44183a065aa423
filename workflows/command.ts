/** A command before the main loop stamps it with workflow time. */
export type Unsent<Command> = Command extends unknown ? Omit<Command, 'at'> : never;
