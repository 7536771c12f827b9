// What replay protection keeps of its promise while a Redis fails: `npm run replay:failover -- [--topology cluster]
// [--client ioredis] [--fault hang] [--min-replicas 1] [--socket-timeout 2000] [--rate 300]`. An option that is not given
// takes each of its values in turn. REDIS_SERVER=/usr/bin/valkey-server runs it with Valkey.
import { parseArgs } from 'node:util';
import { experiment, type Setup } from './experiment.js';

const { values } = parseArgs({
  options: {
    topology: { type: 'string' },
    client: { type: 'string' },
    fault: { type: 'string' },
    'min-replicas': { type: 'string' },
    'socket-timeout': { type: 'string', default: '2000' },
    rate: { type: 'string', default: '300' },
  },
});

/** The values of an option: all, or the one that is asked for. */
function each<T extends string>(name: string, all: readonly T[], asked: string | undefined): readonly T[] {
  const chosen = all.filter((value) => asked === undefined || value === asked);
  if (chosen.length === 0) throw new Error(`--${name}: expected ${all.join(' or ')}`);
  return chosen;
}

const setups: Setup[] = [];
for (const topology of each('topology', ['single', 'sentinel', 'cluster'], values.topology)) {
  for (const minReplicas of each('min-replicas', ['0', '1'], values['min-replicas'])) {
    for (const fault of each('fault', ['kill', 'hang', 'lag'], values.fault)) {
      for (const kind of each('client', ['redis', 'ioredis'], values.client)) {
        if (topology === 'single' && (fault === 'lag' || minReplicas === '1')) continue; // it has no replicas
        const [socketTimeout, rate] = [Number(values['socket-timeout']), Number(values.rate)];
        setups.push({ topology, minReplicas: minReplicas === '1', fault, kind, socketTimeout, rate });
      }
    }
  }
}

let failed = 0;
console.log('topology min-replicas fault client  |  passed  503s  outage  replays: before, during, after');
for (const setup of setups) {
  const { topology, minReplicas, fault, kind } = setup;
  const name = `${topology.padEnd(8)} ${minReplicas ? 1 : 0} ${fault} ${kind.padEnd(7)}`;
  const { passed, unavailable, outage, isWell, reasons, ...replays } = await experiment(setup);
  const { replaysBefore, replaysDuring, replaysAfter } = replays;
  console.log(
    `${name} | ${passed} ${unavailable} ${outage.toFixed(1)}s ${replaysBefore} ${replaysDuring} ${replaysAfter}`,
  );
  for (const [reason, count] of Object.entries(reasons)) console.log(`    ${count} x ${reason.slice(0, 100)}`);
  // Without a failover nothing may be forgotten, nor with replicas that a master needs and that miss something.
  const mustHold = topology === 'single' || (fault === 'lag' && minReplicas);
  if (!isWell || replaysBefore > 0 || (mustHold && replaysDuring + replaysAfter > 0)) failed++;
}
console.log(`${setups.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
