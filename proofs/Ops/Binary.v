(* Elementwise ops of two operands (src/ir/ops/binary.h): z[i] = f(x[i], y[i]). *)
From Coq Require Import ZArith List Bool.
From Pullback Require Import Base.Scalar Base.Index Syntax.
Import ListNotations.

(* binary_i1: the element types that the op takes. C++ takes more: add and multiply of i1 ("or", "and"), and
   of i32 divide, power, remainder, "and", "or", "xor". Those have another meaning than over exact numbers. *)
Definition binary_domain (b : binary_op) (e : elt) : bool :=
  match b with
  | Add | Subtract | Multiply => negb (elt_eqb e I1)
  | Divide | Power | Remainder | Atan2 => is_float e
  | Maximum | Minimum => true
  | And | Or | Xor => elt_eqb e I1
  end.
Definition infer_binary (b : binary_op) (ats : list ty) : option ty :=
  match ats with
  | [x; y] => if ty_eqb x y (* binary_c1 *) && binary_domain b (fst x) then Some x else None
  | _ => None
  end.

(* Towards 0. *)
Definition sem_trunc {A} (S : scalar A) (x : A) : A :=
  if sltb S x (s0 S) then sneg S (sfloor S (sneg S x)) else sfloor S x.
(* The angle of the point (y, x), in [-pi, pi]; pi/2 = 2 arctan 1. *)
Definition sem_atan2 {A} (S : scalar A) (x y : A) : A :=
  let right := smul S (stwo S) (satan S (s1 S)) in
  if sltb S (s0 S) y then satan S (sdiv S x y)
  else if sltb S (s0 S) x then ssub S right (satan S (sdiv S y x))
  else if sltb S x (s0 S) then ssub S (sneg S right) (satan S (sdiv S y x))
  else if sltb S y (s0 S) then smul S (stwo S) right else s0 S.

Definition sem_binary {A} (S : scalar A) (b : binary_op) (x y : A) : A :=
  match b with
  | Add => sadd S x y
  | Subtract => ssub S x y
  | Multiply => smul S x y
  | Divide => sdiv S x y
  | Maximum => smax S x y
  | Minimum => smin S x y
  | Power => spow S x y
  | And => sbool S (strue S x && strue S y)
  | Or => sbool S (strue S x || strue S y)
  | Xor => sbool S (xorb (strue S x) (strue S y))
  | Remainder => ssub S x (smul S y (sem_trunc S (sdiv S x y)))
  | Atan2 => sem_atan2 S x y
  end.

(* A contribution to an operand that needs one. *)
Definition needed {X} (n : bool) (l : list X) : list X := if n then l else [].
Definition needed_at (n : bool) (k : nat) : option nat := if n then Some k else None.

(* The cotangent goes to the second operand where `second` holds, else to the first. *)
Definition vjp_route (second : tinstr) (nx ny : bool) (r : ty) : template :=
  let b := (I1, snd r) in
  ([second; T (Constant r [Dec 0 0]) [] [] r]
   ++ needed nx [T Select [4; 5; 3] [b; r; r] r] ++ needed ny [T Select [4; 3; 5] [b; r; r] r],
   [needed_at nx 6; needed_at ny (if nx then 7 else 6)])%nat.

(* Local values: 0 and 1 the operands, 2 the result, 3 the cotangent. *)
Definition vjp_binary (b : binary_op) (needs : list bool) (ats : list ty) (rt : ty) : option template :=
  let r := rt in
  let nx := nth 0 needs false in
  let ny := nth 1 needs false in
  match ats with
  | [x; y] =>
      Some match b with
      | Add => ([], [Some 3; Some 3])
      | Subtract => (needed ny [T (Unary Negate) [3] [r] r], [Some 3; needed_at ny 4])
      | Multiply =>
          (needed nx [T (Binary Multiply) [3; 1] [r; y] r] ++ needed ny [T (Binary Multiply) [3; 0] [r; x] r],
           [needed_at nx 4; needed_at ny (if nx then 5 else 4)])
      | Divide => (* dx = ct / y,  dy = -(ct / y) z *)
          (T (Binary Divide) [3; 1] [r; y] r
           :: needed ny [T (Binary Multiply) [4; 2] [r; r] r; T (Unary Negate) [5] [r] r],
           if ny then [needed_at nx 4; Some 6] else [Some 4; None])
      | Maximum => vjp_route (T (Compare LT) [0; 1] [x; y] (I1, snd x)) nx ny r
      | Minimum => vjp_route (T (Compare LT) [1; 0] [y; x] (I1, snd x)) nx ny r
      | Power => (* dx = ct y x^(y-1),  dy = ct z ln x *)
          let k := if nx then 9 else 4 in
          (needed nx [ T (Constant x [Dec 1 0]) [] [] x; T (Binary Subtract) [1; 4] [y; x] y;
                       T (Binary Power) [0; 5] [x; y] x; T (Binary Multiply) [1; 6] [y; x] y;
                       T (Binary Multiply) [3; 7] [r; y] r ]
           ++ needed ny [ T (Unary Log) [0] [x] x; T (Binary Multiply) [2; k] [r; x] r;
                          T (Binary Multiply) [3; S k] [r; r] r ],
           [needed_at nx 8; needed_at ny (S (S k))])
      | And | Or | Xor => ([], [None; None])
      | Remainder => (* dx = ct,  dy = -ct (x - z) / y *)
          (needed ny [ T (Binary Subtract) [0; 2] [x; r] x; T (Binary Divide) [4; 1] [x; y] x;
                       T (Binary Multiply) [3; 5] [r; x] r; T (Unary Negate) [6] [r] r ],
           [Some 3; needed_at ny 7])
      | Atan2 => (* dx = ct y / (x^2 + y^2),  dy = -ct x / (x^2 + y^2) *)
          let k := if nx then 9 else 7 in
          ([ T (Binary Multiply) [0; 0] [x; x] x; T (Binary Multiply) [1; 1] [y; y] y;
             T (Binary Add) [4; 5] [x; y] x ]
           ++ needed nx [T (Binary Divide) [1; 6] [y; x] y; T (Binary Multiply) [3; 7] [r; y] r]
           ++ needed ny [ T (Binary Divide) [0; 6] [x; x] x; T (Binary Multiply) [3; k] [r; x] r;
                          T (Unary Negate) [S k] [r] r ],
           [needed_at nx 8; needed_at ny (S (S k))])
      end
  | _ => None
  end%nat.
