import { Controller, Get, Injectable, UseGuards, type CanActivate, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { RequireApigSignature, SignatureGuard } from '../../src/index.js';
import { echoModule } from '../support/echo.controller.js';
import { forward, HOST } from '../support/gateway.js';
import { send } from '../support/http-client.js';
import { platforms, startForTest } from '../support/platforms.js';

let asked: string[] = [];

@Injectable()
class AskingGuard implements CanActivate {
  canActivate() {
    asked.push(this.constructor.name);
    return true;
  }
}
class First extends AskingGuard {}
class Second extends AskingGuard {}
class OfBase extends AskingGuard {}

@Controller('method')
class OnMethod {
  @RequireApigSignature()
  @UseGuards(First, Second)
  @Get('above')
  above() {
    return 'passed';
  }

  @UseGuards(First)
  @RequireApigSignature()
  @UseGuards(Second)
  @Get('between')
  between() {
    return 'passed';
  }

  @UseGuards(First)
  @RequireApigSignature({ requiredSignedHeaders: ['host'] })
  @UseGuards(Second)
  @RequireApigSignature()
  @Get('twice')
  twice() {
    return 'passed';
  }

  @RequireApigSignature()
  @UseGuards(First, SignatureGuard)
  @Get('explicit')
  explicit() {
    return 'passed';
  }
}

@RequireApigSignature()
@UseGuards(First, Second)
@Controller('class')
class OnClass {
  @Get()
  get() {
    return 'passed';
  }
}

@UseGuards(OfBase)
class Base {
  @Get()
  get() {
    return 'passed';
  }
}

@RequireApigSignature()
@UseGuards(First)
@Controller('sub')
class Sub extends Base {}

@UseGuards(Second)
@Controller('sub-of-guarded')
class SubOfGuarded extends OnClass {}

const controllers: Type[] = [OnMethod, OnClass, Sub, SubOfGuarded];

describe.each(platforms)(
  'on $name, the signature is checked before other guards of the same class or method',
  (platform) => {
    it.each([
      ['/method/above', ['First', 'Second']],
      ['/method/between', ['Second', 'First']],
      ['/method/twice', ['Second', 'First']],
      ['/method/explicit', ['First']],
      ['/class', ['First', 'Second']],
      ['/sub', ['OfBase', 'First']],
      ['/sub-of-guarded', ['First', 'Second', 'Second']],
    ])('%s', async (target, guards) => {
      const { port } = await startForTest(platform, echoModule({}, controllers));
      asked = [];
      expect(await send(port, { method: 'GET', target, headers: [['Host', HOST]] })).toMatchObject({ status: 401 });
      expect(asked).toEqual([]);
      expect(await send(port, forward({ target }))).toMatchObject({ status: 200, text: 'passed' });
      expect(asked).toEqual(guards);
    });
  },
);
