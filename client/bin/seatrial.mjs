#!/usr/bin/env node
// TypeScript is run as it is: no build step between what is read and what is run.
import { register } from 'tsx/esm/api';

register();
await import('../cli.ts');
