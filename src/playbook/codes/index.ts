/** The playbook: every code that this version can raise, in the order of the codes' numbers. */
import type { Entry } from '../entry.ts'
import { E101 } from './E101.ts'
import { E102 } from './E102.ts'
import { E103 } from './E103.ts'
import { W104 } from './W104.ts'
import { E105 } from './E105.ts'
import { E106 } from './E106.ts'
import { E107 } from './E107.ts'
import { W201 } from './W201.ts'
import { E201 } from './E201.ts'
import { W202 } from './W202.ts'
import { E202 } from './E202.ts'
import { W203 } from './W203.ts'
import { E203 } from './E203.ts'
import { W204 } from './W204.ts'
import { E204 } from './E204.ts'
import { E205 } from './E205.ts'
import { E206 } from './E206.ts'
import { E207 } from './E207.ts'
import { E208 } from './E208.ts'
import { W209 } from './W209.ts'
import { W210 } from './W210.ts'
import { E301 } from './E301.ts'
import { E302 } from './E302.ts'
import { E303 } from './E303.ts'
import { E304 } from './E304.ts'
import { E305 } from './E305.ts'
import { E401 } from './E401.ts'
import { E402 } from './E402.ts'
import { E403 } from './E403.ts'
import { E404 } from './E404.ts'
import { E405 } from './E405.ts'
import { E406 } from './E406.ts'
import { W407 } from './W407.ts'
import { E501 } from './E501.ts'
import { E502 } from './E502.ts'
import { E503 } from './E503.ts'
import { E504 } from './E504.ts'
import { E506 } from './E506.ts'
import { W508 } from './W508.ts'
import { E601 } from './E601.ts'
import { E602 } from './E602.ts'
import { E603 } from './E603.ts'
import { E604 } from './E604.ts'
import { E605 } from './E605.ts'
import { E607 } from './E607.ts'

export const ENTRIES: readonly Entry[] = [
  E101,
  E102,
  E103,
  W104,
  E105,
  E106,
  E107,
  W201,
  E201,
  W202,
  E202,
  W203,
  E203,
  W204,
  E204,
  E205,
  E206,
  E207,
  E208,
  W209,
  W210,
  E301,
  E302,
  E303,
  E304,
  E305,
  E401,
  E402,
  E403,
  E404,
  E405,
  E406,
  W407,
  E501,
  E502,
  E503,
  E504,
  E506,
  W508,
  E601,
  E602,
  E603,
  E604,
  E605,
  E607,
]
