/**
 * The newest platform branch of each language on Amazon Linux 2023, and when that was looked up. A branch is retired
 * when its language is (Developer Guide, "Platform support policy"); which version of it runs is asked at deployment.
 *
 * Source: AWS Elastic Beanstalk Platforms, "Supported platforms". `aws elasticbeanstalk list-platform-branches` gives
 * what an account has now.
 */
export const PLATFORM_BRANCHES = {
  /** When each branch was last looked up on that page. */
  checked: '2026-11-25',
  /** The platform versions that the page listed then, by the date in their Amazon Linux: 2023.12.20260817. */
  released: '2026-08-17',
  branches: {
    node: 'Node.js 24 running on 64bit Amazon Linux 2023',
    python: 'Python 3.14 running on 64bit Amazon Linux 2023',
    java: 'Corretto 25 running on 64bit Amazon Linux 2023',
    go: 'Go 1 running on 64bit Amazon Linux 2023',
    php: 'PHP 8.5 running on 64bit Amazon Linux 2023',
    ruby: 'Ruby 4.0 running on 64bit Amazon Linux 2023',
    dotnet: '.NET 10 running on 64bit Amazon Linux 2023',
    docker: 'Docker running on 64bit Amazon Linux 2023',
  },
} as const;

/** A platform of Elastic Beanstalk, by the name that `beanstalk.platform` gives it. */
export type BeanstalkPlatform = keyof typeof PLATFORM_BRANCHES.branches;

export const BEANSTALK_PLATFORMS = Object.keys(PLATFORM_BRANCHES.branches) as readonly BeanstalkPlatform[];

/** The ARN of a platform version of Elastic Beanstalk's own; the first group is its branch. */
export const PLATFORM_ARN = /^arn:aws[a-z-]*:elasticbeanstalk:[a-z0-9-]+::platform\/([^/]+)\/\d+\.\d+\.\d+$/;

/** The branch of a platform version, or undefined if that is no ARN of one. */
export const branchOfArn = (arn: string): string | undefined => PLATFORM_ARN.exec(arn)?.[1];

/**
 * The language of a branch, without its version: `Node.js`, `Corretto`, `.NET`. An environment can change the version
 * of its language, but not the language.
 */
export const languageOf = (branch: string): string => branch.replace(/( [\d.]+)? running on .*$/, '');
