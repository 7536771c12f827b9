import console from 'node:console';
import { guardTable } from './guard.table.js';
import { machine } from './interleaved.js';
import { loadTable } from './load.table.js';

console.log(machine());
await guardTable();
console.log(
  '\nRequests per second tell what a user may expect of a machine. They swing by a tenth and more on a shared one.\n',
);
await loadTable();
