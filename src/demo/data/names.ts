/** A name as its owner writes it, and in the Latin letters most addresses are made of. */
export type Name = { native: string; latin: string }

/** The invented people of one language. `percent` of all accounts speak it. */
export type People = {
  locale: string
  percent: number
  /** How the two names are written together. */
  order: 'given family' | 'family given' | 'familygiven'
  given: readonly Name[]
  family: readonly Name[]
  /** A reserved internationalised domain, as A-labels and as people write it. */
  idn?: { ascii: string; unicode: string }
}

/**
 * Common names of twelve languages, combined at random. The Russian family names are those that do
 * not change with gender. The internationalised domains are IANA's test domains (`例え.テスト` and
 * the like) and one under `.example`.
 */
export const PEOPLE: readonly People[] = [
  {
    locale: 'en',
    percent: 24,
    order: 'given family',
    given: latin('Olivia Noah Amelia Liam Grace Ethan Chloe Mason Ruby Oscar Ivy Theo Maya Leo'),
    family: latin('Smith Walker Brown Clarke Hughes Turner Reid Foster Bennett Ward Cole Hayes'),
  },
  {
    locale: 'es',
    percent: 12,
    order: 'given family',
    given: names('Lucía:lucia Martín:martin Sofía:sofia Hugo:hugo María:maria José:jose Inés:ines'),
    family: names('García:garcia Muñoz:munoz López:lopez Peña:pena Ruiz:ruiz Núñez:nunez'),
  },
  {
    locale: 'ja',
    percent: 10,
    order: 'family given',
    given: names(
      '陽菜:hina 蓮:ren さくら:sakura 大翔:hiroto 結衣:yui 悠真:yuma 美咲:misaki 翔太:shota',
    ),
    family: names('佐藤:sato 鈴木:suzuki 高橋:takahashi 田中:tanaka 渡辺:watanabe 山本:yamamoto'),
    idn: { ascii: 'xn--r8jz45g.xn--zckzah', unicode: '例え.テスト' },
  },
  {
    locale: 'zh-CN',
    percent: 10,
    order: 'familygiven',
    given: names('伟:wei 芳:fang 秀英:xiuying 娜:na 敏:min 静:jing 强:qiang 洋:yang 雪梅:xuemei'),
    family: names('王:wang 李:li 张:zhang 刘:liu 陈:chen 杨:yang 赵:zhao 黄:huang 周:zhou'),
    idn: { ascii: 'xn--fsqu00a.xn--0zwm56d', unicode: '例子.测试' },
  },
  {
    locale: 'ko',
    percent: 8,
    order: 'familygiven',
    given: names(
      '민준:minjun 서연:seoyeon 지훈:jihoon 하은:haeun 도윤:doyun 수빈:subin 예준:yejun',
    ),
    family: names('김:kim 이:lee 박:park 최:choi 정:jung 강:kang 조:cho 윤:yoon'),
    idn: { ascii: 'xn--9n2bp8q.xn--9t4b11yi5a', unicode: '실례.테스트' },
  },
  {
    locale: 'ru',
    percent: 8,
    order: 'given family',
    given: names(
      'Анна:anna Иван:ivan Мария:maria Дмитрий:dmitry Ольга:olga Сергей:sergey Юлия:yulia',
    ),
    family: names('Шевченко:shevchenko Черных:chernykh Бойко:boyko Седых:sedykh Мельник:melnik'),
    idn: { ascii: 'xn--e1afmkfd.xn--80akhbyknj4f', unicode: 'пример.испытание' },
  },
  {
    locale: 'pt-BR',
    percent: 7,
    order: 'given family',
    given: names('João:joao Beatriz:beatriz Antônio:antonio Letícia:leticia Caio:caio Júlia:julia'),
    family: names('Silva:silva Gonçalves:goncalves Araújo:araujo Souza:souza Conceição:conceicao'),
  },
  {
    locale: 'de',
    percent: 7,
    order: 'given family',
    given: names('Jürgen:juergen Anna:anna Björn:bjoern Sabine:sabine Käthe:kaethe Lukas:lukas'),
    family: names('Müller:mueller Schäfer:schaefer Weiß:weiss König:koenig Vogel:vogel Groß:gross'),
    idn: { ascii: 'xn--bcher-kva.example', unicode: 'bücher.example' },
  },
  {
    locale: 'ar',
    percent: 5,
    order: 'given family',
    given: names('محمد:mohamed فاطمة:fatima علي:ali مريم:maryam يوسف:yousef ليلى:layla عمر:omar'),
    family: names('الحسن:alhassan النجار:alnajjar حداد:haddad منصور:mansour الشامي:alshami'),
    idn: { ascii: 'xn--mgbh0fb.xn--kgbechtv', unicode: 'مثال.إختبار' },
  },
  {
    locale: 'fr',
    percent: 5,
    order: 'given family',
    given: names('Chloé:chloe François:francois Zoé:zoe Gaël:gael Élodie:elodie Luc:luc Noë:noe'),
    family: names('Lefèvre:lefevre Dubois:dubois Béranger:beranger Moreau:moreau Hébert:hebert'),
  },
  {
    locale: 'tr',
    percent: 2,
    order: 'given family',
    given: names('Ayşe:ayse Mehmet:mehmet Çağla:cagla Öykü:oyku Gökhan:gokhan Elif:elif'),
    family: names('Yılmaz:yilmaz Öztürk:ozturk Şahin:sahin Çelik:celik Aydın:aydin'),
  },
  {
    locale: 'id',
    percent: 2,
    order: 'given family',
    given: latin('Dewi Budi Siti Agus Putri Rizky Wayan Ketut'),
    family: latin('Santoso Wijaya Pratama Lestari Hidayat Siregar'),
  },
]

function names(pairs: string): Name[] {
  return pairs.split(' ').map((pair) => {
    const [native = '', latin = ''] = pair.split(':')
    return { native, latin }
  })
}

function latin(natives: string): Name[] {
  return natives.split(' ').map((native) => ({ native, latin: native.toLowerCase() }))
}
