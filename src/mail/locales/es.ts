import type { Messages } from './en.js'

export const es = {
  'greeting.named': 'Hola, {name}:',
  'greeting.plain': 'Hola:',
  'phrase.label': 'Su frase antiphishing, como prueba de que este correo es de {site}:',
  'real.phrase':
    'Todo correo auténtico nuestro muestra esta frase. Si falta o es distinta, el correo no es nuestro: no use nada de lo que contiene.',
  'real.plain':
    'Si duda de que este correo sea auténtico, no use nada de lo que contiene. Abra por su cuenta nuestro sitio o nuestra aplicación, como hace siempre, y continúe allí.',
  promise:
    'Nunca le pediremos su contraseña, un código de recuperación ni un código de acceso, ni por correo ni por teléfono.',
  'links.none':
    'Este correo no contiene enlaces, tal como usted pidió. Abra por su cuenta nuestro sitio o nuestra aplicación, como hace siempre.',
  not_you: 'Si ve en su cuenta algo que usted no hizo, avísenos de inmediato.',
  'help.support': '¿Tiene preguntas? Escriba a {support}.',
  'help.site':
    '¿Tiene preguntas? Abra por su cuenta nuestro sitio o nuestra aplicación y busque ayuda allí.',
  reference: 'Referencia de este correo, para consultas:',

  'reset.subject': 'Cree una contraseña nueva para {site}',
  'reset.why':
    'La dirección de correo de su cuenta en {site} quedó a la vista de otras personas, y hay ataques contra cuentas como la suya. Para protegerle, hemos desactivado su contraseña, cerrado todas sus sesiones y detenido los retiros.',
  'reset.link': 'Cree aquí una contraseña nueva:',
  'reset.code':
    'Abra por su cuenta nuestro sitio o nuestra aplicación, elija crear una contraseña nueva e introduzca este código:',
  'reset.until':
    'Funciona una sola vez, durante {hours, plural, one {# hora} many {# de horas} other {# horas}} a partir de ahora. Si tiene un segundo factor, téngalo a mano.',
  'reset.unasked': 'Le enviamos este correo por decisión nuestra; nadie lo ha pedido en su nombre.',

  'reminder.subject': 'Recordatorio: cree una contraseña nueva para {site}',
  'reminder.why':
    'La dirección de correo de su cuenta en {site} quedó a la vista de otras personas. Para protegerle, desactivamos su contraseña, y usted aún no ha creado una nueva. Hasta que lo haga, no podrá iniciar sesión y los retiros seguirán detenidos.',
  'reminder.newest':
    'Solo cuenta este correo, el más reciente: los enlaces y códigos de los anteriores ya no funcionan.',

  'hold.subject': 'Los retiros de su cuenta en {site} están detenidos',
  'hold.why':
    'La dirección de correo de su cuenta en {site} quedó a la vista de otras personas, y hay ataques contra cuentas como la suya. Para protegerle, hemos detenido los retiros de su cuenta. Su contraseña sigue funcionando.',
  'hold.what':
    'Estamos revisando su cuenta y reanudaremos los retiros cuando terminemos. No tiene que hacer nada para ello. Si necesita retirar antes, abra por su cuenta nuestro sitio o nuestra aplicación y póngase en contacto con nosotros allí.',

  'notice.subject': 'Su correo en {site} quedó a la vista de otros',
  'notice.why':
    'La dirección de correo de su cuenta en {site} quedó a la vista de otras personas. Su contraseña sigue funcionando; no tiene que cambiarla.',
  'notice.advice':
    'Desconfíe de los mensajes que le pidan iniciar sesión, pagar o dar un código, aunque parezcan nuestros. Si aún no tiene un segundo factor, añádalo en su cuenta.',

  'confirmation.subject': 'Se cambió su contraseña en {site}',
  'confirmation.what':
    'La contraseña de su cuenta en {site} acaba de cambiarse. A partir de ahora solo funciona la nueva.',
  'confirmation.hold':
    'Por precaución, los retiros pueden seguir detenidos un tiempo después del cambio.',
  'confirmation.not_you':
    'Si no fue usted, otra persona puede usar su cuenta ahora: avísenos de inmediato. Para ello, abra por su cuenta nuestro sitio o nuestra aplicación, como hace siempre.',
} as const satisfies Messages
