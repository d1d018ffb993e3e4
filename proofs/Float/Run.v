(* Runs straight-line programs of ops at floats and compares their results with expected ones. *)
From Coq Require Import ZArith String List Bool PrimFloat.
From Pullback Require Import Base.Scalar Base.Index Syntax Ops.Op Float.FloatScalar Float.Fast.
Import ListNotations.

(* The tensor with these elements in row-major order. *)
Definition tensor_of (s : shape) (elements : list float) : idx -> float :=
  tab Fscal s (fun i => nth (Z.to_nat (ravel s i)) elements nan).
Definition elements_of (s : shape) (x : idx -> float) : list float := map x (indices s).

(* One value: given, or made by an op from earlier ones. *)
Inductive value :=
| Given (t : ty) (elements : list float)
| Made (o : op) (operands : list nat) (t : ty).
Definition known := (ty * (idx -> float))%type.
(* The semantics, or the fast one, which is equal to it. *)
Definition meaning := op -> list ty -> ty -> list (idx -> float) -> idx -> float.
Definition plain : meaning := sem Fscal.
Definition fast : meaning := fast_sem Fscal.
(* None where the op does not have this type: it is outside the certified domain. *)
Definition value_of (m : meaning) (before : list known) (v : value) : option known :=
  match v with
  | Given t elements => Some (t, tensor_of (snd t) elements)
  | Made o operands t =>
      let xs := map (fun k => nth k before ((F64, []), fun _ => nan)) operands in
      let ats := map fst xs in
      match infer o ats with
      | Some rt => if ty_eqb rt t then Some (t, m o ats t (map snd xs)) else None
      | None => None
      end
  end.
Fixpoint run (m : meaning) (before : list known) (vs : list value) : option (list known) :=
  match vs with
  | [] => Some before
  | v :: vs => match value_of m before v with Some x => run m (before ++ [x]) vs | None => None end
  end.

Open Scope float_scope.
(* Equal, both no number, or within the error that is allowed for a number of this size. *)
Definition close (tolerance a e : float) : bool :=
  let size := if abs e <? 1 then 1 else abs e in
  (a =? e) || (is_nan a && is_nan e) || ((abs e <? infinity) && (abs (a - e) <=? tolerance * size)).

(* Value number `place` should have these elements. *)
Record expectation := Expect { place : nat; tolerance : float; expected : list float }.
Record case := Case { title : string; values : list value; expectations : list expectation }.
Inductive outcome := Passes | Differs (actual : list (list float)) | Outside.
Definition outcome_of (m : meaning) (c : case) : outcome :=
  match run m [] (values c) with
  | None => Outside
  | Some known =>
      let actual e := let '(t, x) := nth (place e) known ((F64, []), fun _ => nan) in elements_of (snd t) x in
      if forallb (fun e => all2 (close (tolerance e)) (actual e) (expected e)) (expectations c)
      then Passes else Differs (map actual (expectations c))
  end.
Definition passes (m : meaning) (c : case) : bool := match outcome_of m c with Passes => true | _ => false end.
(* The cases that do not pass, and what they do. *)
Definition failures (m : meaning) (cs : list case) : list (string * outcome) :=
  map (fun c => (title c, outcome_of m c)) (filter (fun c => negb (passes m c)) cs).
