import type { Results } from '../../src/report/results.ts'

/** A small run: two peers, a workload that counts and one that weighs, and a figure that the generator limited. */
export const results: Results = {
  date: '2030-01-02T03:04:05.678Z',
  machine: { cpu: 'Test & <Co>', cores: 2, memory: 8 * 2 ** 30, platform: 'Linux' },
  isPinned: true,
  busyBefore: 0,
  generator: 'native',
  rounds: 3,
  seconds: 2,
  peers: [
    { name: 'ws', version: '1.0.0', node: '24.0.0' },
    { name: 'sluice', version: '2.0.0', node: '24.0.0' },
  ],
  absent: [{ name: 'uwebsockets', reason: 'no binary' }],
  workloads: [
    {
      name: 'echo-64',
      title: 'Echo',
      kind: 'echo',
      unit: 'messages/s',
      sockets: 64,
      rows: [
        { peer: 'ws', samples: [100_000, 50_000, 110_000].map((value) => speed(value, 1, 0.5, 0)) },
        { peer: 'sluice', samples: [2_000_000, 1_000_000, 2_100_000].map((value) => speed(value, 0.8, 0.99, 0.2)) },
      ],
    },
    {
      name: 'idle',
      title: 'Memory',
      kind: 'idle',
      unit: 'bytes',
      sockets: 10_000,
      rows: [
        { peer: 'ws', samples: [8000, 8100, 8200].map((value) => ({ value, heap: 3000 })) },
        { peer: 'sluice', samples: [4000, 4050, 4100].map((value) => ({ value, heap: 1500 })) },
      ],
    },
  ],
}

function speed(value: number, server: number, load: number, foreign: number) {
  return { value, cpu: { server, load, foreign } }
}
